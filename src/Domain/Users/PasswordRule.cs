namespace McpFunctions.Domain.Users;

/// <summary>Which passwords new users may have: long ones that are not easily guessed (NIST SP 800-63B, section 5.1.1.2); which characters is theirs to choose.</summary>
public static class PasswordRule
{
    /// <summary>The shortest password in characters.</summary>
    public const int MinLength = 12;

    private const int MinDistinct = 5;

    // Those of at least 12 characters that guessers try first.
    private static readonly string[] Common =
    [
        "password", "passwort", "qwerty", "qwertz", "letmein", "welcome", "iloveyou", "administrator", "changeme", "1234567890", "0987654321", "abcdefgh", "1q2w3e4r",
    ];

    /// <summary>What is wrong with a password.</summary>
    /// <param name="password">The password.</param>
    /// <param name="username">Whose it would be.</param>
    /// <returns>What is wrong and what to do; null where it is good.</returns>
    public static string? ProblemOf(string? password, string? username) => password switch
    {
        null or { Length: < MinLength } => $"Send a password of at least {MinLength} characters.",
        { Length: > Auth.LoginService.MaxPasswordLength } => $"Send a password of at most {Auth.LoginService.MaxPasswordLength} characters.",
        _ when password.Distinct().Count() < MinDistinct => $"Send a password of at least {MinDistinct} different characters.",
        _ when username is { Length: > 0 } && password.Contains(username, StringComparison.OrdinalIgnoreCase) => "Send a password that does not hold the name.",
        _ when Common.Any(common => IsMostly(password, common)) => "Send a password that is not made of one that everybody uses.",
        _ => null,
    };

    // A common password, also twice, with up to six characters around it is guessed nearly as soon as without.
    private static bool IsMostly(string password, string common) =>
        password.Contains(common, StringComparison.OrdinalIgnoreCase) && password.Replace(common, "", StringComparison.OrdinalIgnoreCase).Length <= 6;
}
