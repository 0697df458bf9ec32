using System.Globalization;
using System.Text;

namespace McpFunctions.Domain.Files;

/// <summary>Names of files, made safe to store, to send in a header and to save on any system.</summary>
public static class Filename
{
    /// <summary>The longest name in bytes of UTF-8: what common file systems take (NAME_MAX on Linux).</summary>
    public const int MaxBytes = 255;

    /// <summary>The longest name in characters that is read. It may have a path, which is removed.</summary>
    public const int MaxLength = MaxBytes * 16;

    /// <summary>
    /// Makes a name safe: without a path before it, without control characters and marks that turn the reading
    /// direction, without white space around it, in Unicode's normal form C.
    /// </summary>
    /// <param name="name">The name from the client.</param>
    /// <param name="safe">The name to use.</param>
    /// <param name="problem">Where there is none: what is wrong and what to do.</param>
    /// <returns>False if nothing usable is left.</returns>
    public static bool TryMakeSafe(string? name, out string safe, out string problem)
    {
        safe = "";
        if (string.IsNullOrEmpty(name))
        {
            problem = "Give the file a name.";
            return false;
        }

        if (name.Length > MaxLength)
        {
            problem = $"The name is too long: at most {MaxBytes} bytes of UTF-8.";
            return false;
        }

        // A decoder puts U+FFFD where the bytes are of another encoding: the name that was meant is lost.
        if (!IsWellFormed(name) || name.Contains('\uFFFD', StringComparison.Ordinal))
        {
            problem = "The name is not valid Unicode. Send it in UTF-8.";
            return false;
        }

        // Windows browsers of old send whole paths; both separators count wherever the name came from.
        safe = Clean(name[(name.LastIndexOfAny(['/', '\\']) + 1)..]).Trim();
        problem = safe switch
        {
            "" or "." or ".." => "The name has only a path, white space or control characters. Give the file a name.",
            _ when Encoding.UTF8.GetByteCount(safe) > MaxBytes => $"The name is too long: at most {MaxBytes} bytes of UTF-8.",
            _ => "",
        };
        return problem.Length == 0;
    }

    /// <summary>Changes the beginning of a name as <see cref="TryMakeSafe"/> changes names, so that it can be compared with them.</summary>
    /// <param name="prefix">What the client sent.</param>
    /// <returns>The prefix to compare with.</returns>
    public static string Prefix(string prefix) => Clean(prefix);

    private static string Clean(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes().Where(IsAllowed))
        {
            kept.Append(rune.ToString());
        }

        return kept.ToString().Normalize(NormalizationForm.FormC);
    }

    private static bool IsWellFormed(string name)
    {
        for (int index = 0; index < name.Length; index++)
        {
            if (char.IsSurrogate(name[index]) && !(char.IsHighSurrogate(name[index]) && index + 1 < name.Length && char.IsLowSurrogate(name[++index])))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAllowed(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        // The bidirectional controls (Unicode Annex 9), which make "gnp.exe" look like "exe.png".
        UnicodeCategory.Format => rune.Value is not (0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF),
        // Noncharacters (Unicode, section 23.7), which the normalization of names refuses.
        UnicodeCategory.OtherNotAssigned => (rune.Value & 0xFFFE) != 0xFFFE && rune.Value is not (>= 0xFDD0 and <= 0xFDEF),
        _ => true,
    };
}
