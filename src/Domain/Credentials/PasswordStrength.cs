using System.Collections.Frozen;

namespace McpFunctions.Domain.Credentials;

/// <summary>
/// Estimates how many guesses a password withstands, after the method of zxcvbn (Wheeler, USENIX Security 2016): it is cut into common
/// passwords, sequences, rows of keys and other characters, in the way that needs the fewest guesses.
/// </summary>
public static class PasswordStrength
{
    // Longer ones are strong by the characters that are left.
    private const int MaxLength = 64;
    private const int MinPiece = 3;

    // The guesses that a piece costs, as powers of ten.
    private const double Other = 1;
    private const double Piece = 0.3;
    private const double Substitution = 0.3;
    private const double Sequence = 1;
    private const double KeyRow = 1.5;
    private const double Year = 2;

    // Rows and columns of keyboards, as fingers walk over them. Each counts backwards too.
    private static readonly string[] KeyRows =
    [
        "`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "zaq1xsw2cde3vfr4bgt5nhy6mju7,ki8.lo9/;p0",
        "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qawsedrftgyhujikolp", "aqswdefrgthyjukilop", "azsxdcfvgbhnjmk", "zaxscdvfbgnhmj",
        "1q2w3e4r5t6z7u8i9o0p", "147258369", "159753",
    ];

    // Words that begin many long passwords and are not in the list.
    private static readonly string[] OtherWords = ["administrator", "changeme", "letmein", "iloveyou", "passwort", "secret", "default", "gateway"];

    private static readonly Lazy<FrozenDictionary<string, int>> Ranks = new(ReadRanks);

    /// <summary>Estimates a password.</summary>
    /// <param name="password">The password.</param>
    /// <returns>The number of guesses, as a power of ten.</returns>
    public static double Of(string password)
    {
        string text = (password.Length <= MaxLength ? password : password[..MaxLength]).ToLowerInvariant();
        string plain = Unsubstituted(text);
        // The cheapest way to cut the first n characters.
        double[] cheapest = new double[text.Length + 1];
        for (int end = 1; end <= text.Length; end++)
        {
            cheapest[end] = cheapest[end - 1] + Other;
            for (int start = 0; start <= end - MinPiece; start++)
            {
                if (CostOf(text[start..end], plain[start..end]) is { } cost)
                {
                    cheapest[end] = Math.Min(cheapest[end], cheapest[start] + cost + Piece);
                }
            }
        }

        return cheapest[^1] + Math.Max(0, password.Length - MaxLength);
    }

    private static double? CostOf(string piece, string plain)
    {
        double? cost = IsSequence(piece) ? Sequence + Math.Log10(piece.Length)
            : IsKeyRow(piece) ? KeyRow + Math.Log10(piece.Length)
            : piece.Length == 4 && piece.All(char.IsAsciiDigit) && (piece.StartsWith("19", StringComparison.Ordinal) || piece.StartsWith("20", StringComparison.Ordinal)) ? Year
            : null;
        double? word = Ranks.Value.TryGetValue(piece, out int rank) ? Math.Log10(rank)
            : Ranks.Value.TryGetValue(plain, out rank) ? Math.Log10(rank) + Substitution
            : null;
        return cost is null || word < cost ? word : cost;
    }

    // 'aaa', 'abc', '321', 'acegi'.
    private static bool IsSequence(string piece)
    {
        int step = piece[1] - piece[0];
        if (step is < -5 or > 5)
        {
            return false;
        }

        for (int index = 2; index < piece.Length; index++)
        {
            if (piece[index] - piece[index - 1] != step)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsKeyRow(string piece)
    {
        char[] letters = piece.ToCharArray();
        Array.Reverse(letters);
        string reversed = new(letters);
        return KeyRows.Any(row => row.Contains(piece, StringComparison.Ordinal) || row.Contains(reversed, StringComparison.Ordinal));
    }

    private static string Unsubstituted(string text) => string.Create(text.Length, text, (letters, from) =>
    {
        for (int index = 0; index < letters.Length; index++)
        {
            letters[index] = from[index] switch
            {
                '0' => 'o',
                '1' or '!' or '|' => 'i',
                '3' => 'e',
                '4' or '@' => 'a',
                '5' or '$' => 's',
                '7' or '+' => 't',
                '8' => 'b',
                var other => other,
            };
        }
    });

    // The list has the most common one first.
    private static FrozenDictionary<string, int> ReadRanks()
    {
        using Stream list = typeof(PasswordStrength).Assembly.GetManifestResourceStream("McpFunctions.Domain.Credentials.common-passwords.txt")
            ?? throw new InvalidOperationException("The list of common passwords is not embedded.");
        using var reader = new StreamReader(list);
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } word)
        {
            ranks.TryAdd(word, ranks.Count + 1);
        }

        foreach (string word in OtherWords)
        {
            ranks.TryAdd(word, 100);
        }

        return ranks.Where(word => word.Key.Length >= MinPiece).ToFrozenDictionary(StringComparer.Ordinal);
    }
}
