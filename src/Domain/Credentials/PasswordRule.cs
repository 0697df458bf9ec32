namespace McpFunctions.Domain.Credentials;

/// <summary>
/// Which passwords users may have: long ones that are not guessed soon (NIST SP 800-63B, section 5.1.1.2). The user chooses the
/// characters freely.
/// </summary>
public static class PasswordRule
{
    /// <summary>The shortest password in characters.</summary>
    public const int MinLength = 12;

    /// <summary>The problem of a password that is too short, and its remedy. <c>{1}</c> stands for the limit.</summary>
    public const string TooShort = "Use a password of at least {1} characters.";

    /// <summary>The problem of a password that is too long, and its remedy. <c>{1}</c> stands for the limit.</summary>
    public const string TooLong = "Use a password of at most {1} characters.";

    /// <summary>The fewest guesses that a password must withstand, as a power of ten.</summary>
    public const double MinStrength = 8;

    private const int MinDistinct = 5;

    /// <summary>Explains why a password is easy to guess. Requests declare its length.</summary>
    /// <param name="password">The password.</param>
    /// <param name="username">Whose it would be.</param>
    /// <returns>The problem and its remedy; null if the password is accepted.</returns>
    public static string? ProblemOf(string password, string? username) => password switch
    {
        _ when password.Distinct().Count() < MinDistinct => $"Use a password of at least {MinDistinct} different characters.",
        _ when username is { Length: > 0 } && password.Contains(username, StringComparison.OrdinalIgnoreCase) => "Use a password that does not contain the username.",
        _ when PasswordStrength.Of(password) < MinStrength =>
            "Use a password without common passwords, sequences and rows of keys. Several unrelated words are good.",
        _ => null,
    };
}
