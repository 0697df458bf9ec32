using System.Text;
using McpFunctions.Domain.Users;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Auth;

/// <summary>Checks at start the administrator, the keys, and the settings that depend on each other.</summary>
/// <param name="environment">Where the app runs; the sample's values are for Development only.</param>
public sealed class AuthOptionsValidator(IHostEnvironment environment) : IValidateOptions<AuthOptions>
{
    private const int MinKeyBytes = 32;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> Problems(AuthOptions options)
    {
        if (options.AdminUsername.Length == 0)
        {
            yield return "Set Auth__AdminUsername to the name of the first administrator.";
        }

        if (options.AdminPassword.Length < PasswordRule.MinLength)
        {
            yield return $"Set Auth__AdminPassword to a password of at least {PasswordRule.MinLength} characters.";
        }
        else if (IsForbiddenSample(options.AdminPassword))
        {
            yield return "Auth__AdminPassword is the sample's, which everybody knows. Set your own.";
        }
        else if (!IsSample(options.AdminPassword) && PasswordRule.ProblemOf(options.AdminPassword, options.AdminUsername) is { } weakness)
        {
            yield return $"Auth__AdminPassword is too easy to guess. {weakness}";
        }

        if (!options.SigningKeys.ContainsKey(options.SigningKeyId))
        {
            yield return $"Set Auth__SigningKeyId to the id of a key, and Auth__SigningKeys__<id> to that key: "
                + $"base64 of at least {MinKeyBytes} random bytes, for example from 'openssl rand -base64 48'.";
        }

        foreach ((string id, string key) in options.SigningKeys)
        {
            byte[] bytes = new byte[key.Length];
            if (!Convert.TryFromBase64String(key, bytes, out int length) || length < MinKeyBytes)
            {
                yield return $"Set Auth__SigningKeys__{id} to base64 of at least {MinKeyBytes} random bytes, for example from 'openssl rand -base64 48'.";
            }
            else if (IsForbiddenSample(Encoding.UTF8.GetString(bytes, 0, length)))
            {
                yield return $"Auth__SigningKeys__{id} is the sample's, which everybody knows. Set your own.";
            }
        }

        if (options.SessionLifetime < options.SessionIdleTimeout || options.SessionLifetime > TimeSpan.FromDays(90))
        {
            yield return $"Set Auth__SessionLifetime to a time from Auth__SessionIdleTimeout, which is {options.SessionIdleTimeout}, to 90.00:00:00, "
                + $"or leave it out for 12:00:00; it is {options.SessionLifetime}.";
        }
    }

    private bool IsForbiddenSample(string value) => IsSample(value) && !environment.IsDevelopment();

    private static bool IsSample(string value) => value.StartsWith(AuthOptions.SampleMark, StringComparison.Ordinal);
}
