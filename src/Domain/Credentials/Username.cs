using System.ComponentModel.DataAnnotations;

namespace McpFunctions.Domain.Credentials;

/// <summary>Names of users. Capitals do not tell names apart.</summary>
public static class Username
{
    /// <summary>The longest name of a new user in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>The form of a name of a new user, as a regular expression.</summary>
    public const string Pattern = "^[A-Za-z0-9][A-Za-z0-9._+@-]*$";

    /// <summary>The rule for names of new users. <c>{2}</c> and <c>{1}</c> stand for the limits of the length.</summary>
    public const string Rule = "Send a name of {2} to {1} letters (a to z), digits, '.', '-', '_', '+' or '@' that begins with a letter or digit.";

    private static readonly RegularExpressionAttribute Form = new(Pattern);

    /// <summary>The form in which names are compared.</summary>
    /// <param name="username">A name.</param>
    /// <returns>The name in lower case.</returns>
    public static string Normalize(string username) => username.ToLowerInvariant();

    /// <summary>Whether a new user may have a name. ASCII only: names that look alike are the same.</summary>
    /// <param name="username">The name.</param>
    public static bool IsValid(string? username) => username is { Length: >= 1 and <= MaxLength } && Form.IsValid(username);
}
