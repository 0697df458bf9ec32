using McpFunctions.Domain.Credentials;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Auth;

/// <summary>Checks at start the administrator, the keys, and the settings that depend on each other.</summary>
/// <param name="environment">Where the app runs; the sample's values are for Development only.</param>
public sealed class AuthOptionsValidator(IHostEnvironment environment) : IValidateOptions<AuthOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> Problems(AuthOptions options)
    {
        if (options.AdminUsername.Length == 0)
        {
            yield return "Set Auth__AdminUsername to the name of the first administrator.";
        }

        if (options.AdminPassword.Length is < PasswordRule.MinLength or > IPasswords.MaxLength)
        {
            yield return $"Set Auth__AdminPassword to a password of at least {PasswordRule.MinLength} characters, and at most {IPasswords.MaxLength}.";
        }
        else if (IsForbiddenSample(options.AdminPassword))
        {
            yield return "Auth__AdminPassword is the sample's, which everybody knows. Set your own.";
        }
        else if (!AuthOptions.IsSample(options.AdminPassword) && PasswordRule.ProblemOf(options.AdminPassword, options.AdminUsername) is { } weakness)
        {
            yield return $"Auth__AdminPassword is too easy to guess. {weakness}";
        }

        foreach (string problem in KeyProblems(options))
        {
            yield return problem;
        }

        if (options.SessionLifetime < options.SessionIdleTimeout || options.SessionLifetime > TimeSpan.FromDays(90))
        {
            yield return $"Set Auth__SessionLifetime to a time from Auth__SessionIdleTimeout, which is {options.SessionIdleTimeout}, to 90.00:00:00, "
                + $"or leave it out for 12:00:00; it is {options.SessionLifetime}.";
        }
    }

    private IEnumerable<string> KeyProblems(AuthOptions options)
    {
        if (options.SigningKeysFile is not { } path)
        {
            return SigningKeySet.ProblemsOf(
                options.SigningKeyId, options.SigningKeys, ("Auth__SigningKeyId", id => $"Auth__SigningKeys__{id}"), environment.IsDevelopment());
        }

        if (options.SigningKeyId.Length > 0 || options.SigningKeys.Count > 0)
        {
            return ["Auth__SigningKeysFile is set beside Auth__SigningKeyId or Auth__SigningKeys__<id>. Remove it, or remove them."];
        }

        (byte[]? content, string? problem) = SigningKeyFile.Read(path);
        problem ??= SigningKeyFile.Parse(content!, environment.IsDevelopment()).Problem;
        return problem is null ? [] : [$"Set Auth__SigningKeysFile to a file with signing keys; {path} is not usable. {problem}"];
    }

    private bool IsForbiddenSample(string value) => AuthOptions.IsSample(value) && !environment.IsDevelopment();
}
