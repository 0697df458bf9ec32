using System.Text;
using McpFunctions.Domain.Users;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Auth;

/// <summary>Checks the settings <c>Auth__…</c> at start.</summary>
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
            yield return $"Set Auth__SigningKeyId to the id of a key, and Auth__SigningKeys__<id> to that key: base64 of at least {MinKeyBytes} random bytes, for example from 'openssl rand -base64 48'.";
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

        if (options.AccessTokenLifetime < TimeSpan.FromMinutes(1) || options.AccessTokenLifetime > TimeSpan.FromDays(1))
        {
            yield return "Set Auth__AccessTokenLifetime to a time from 00:01:00 to 1.00:00:00, or leave it out for 00:15:00.";
        }

        if (options.SessionIdleTimeout < TimeSpan.FromSeconds(5) || options.SessionIdleTimeout > TimeSpan.FromDays(30))
        {
            yield return "Set Auth__SessionIdleTimeout to a time from 00:00:05 to 30.00:00:00, or leave it out for 00:30:00.";
        }

        if (options.SessionLifetime < options.SessionIdleTimeout || options.SessionLifetime > TimeSpan.FromDays(90))
        {
            yield return "Set Auth__SessionLifetime to a time from Auth__SessionIdleTimeout to 90.00:00:00, or leave it out for 12:00:00.";
        }

        if (options.MaxSessionsPerUser is < 1 or > 1000)
        {
            yield return "Set Auth__MaxSessionsPerUser to a number from 1 to 1000, or leave it out for 50.";
        }

        if (options.MaxApiKeysPerUser is < 1 or > 1000)
        {
            yield return "Set Auth__MaxApiKeysPerUser to a number from 1 to 1000, or leave it out for 100.";
        }

        if (options.PasswordIterations is < 100_000 or > 10_000_000)
        {
            yield return "Set Auth__PasswordIterations to a number from 100000 to 10000000, or leave it out for 210000.";
        }

        if (options.MaxFailuresPerName is < 1 or > 100)
        {
            yield return "Set Auth__MaxFailuresPerName to a number from 1 to 100, or leave it out for 5.";
        }

        if (options.MaxFailuresPerAddress is < 1 or > 1000)
        {
            yield return "Set Auth__MaxFailuresPerAddress to a number from 1 to 1000, or leave it out for 20.";
        }

        if (options.MaxLoginsPerName is < 1 or > 1_000_000)
        {
            yield return "Set Auth__MaxLoginsPerName to a number from 1 to 1000000, or leave it out for 100.";
        }

        if (options.MaxLoginsPerAddress is < 1 or > 1_000_000)
        {
            yield return "Set Auth__MaxLoginsPerAddress to a number from 1 to 1000000, or leave it out for 1000.";
        }

        if (options.MaxConcurrentHashes is < 1 or > 256)
        {
            yield return "Set Auth__MaxConcurrentHashes to a number from 1 to 256, or leave it out for the number of processors.";
        }

        if (options.MaxWaitingHashes is < 0 or > 10_000)
        {
            yield return "Set Auth__MaxWaitingHashes to a number from 0 to 10000, or leave it out for 32.";
        }
    }

    private bool IsForbiddenSample(string value) => IsSample(value) && !environment.IsDevelopment();

    private static bool IsSample(string value) => value.StartsWith(AuthOptions.SampleMark, StringComparison.Ordinal);
}
