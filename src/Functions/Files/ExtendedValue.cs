using System.Diagnostics.CodeAnalysis;
using System.Text;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Files;

/// <summary>Reads a header parameter's extended value (RFC 8187, section 3.2), for example <c>UTF-8''na%C3%AFve.txt</c>.</summary>
internal static class ExtendedValue
{
    /// <summary>Decodes an extended value.</summary>
    /// <returns>False where it is malformed or of another character set than UTF-8 and ISO-8859-1.</returns>
    public static bool TryDecode(ReadOnlySpan<char> value, [NotNullWhen(true)] out string? text)
    {
        text = null;
        int charsetEnd = value.IndexOf('\'');
        int languageEnd = charsetEnd < 0 ? -1 : value[(charsetEnd + 1)..].IndexOf('\'');
        if (languageEnd < 0)
        {
            return false;
        }

        ReadOnlySpan<char> encoded = value[(charsetEnd + languageEnd + 2)..];
        return Ascii.IsValid(encoded) && value[..charsetEnd] switch
        {
            var charset when charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) => PercentEncoding.TryDecode(encoded, out text),
            var charset when charset.Equals("ISO-8859-1", StringComparison.OrdinalIgnoreCase) => PercentEncoding.TryDecode(encoded, Encoding.Latin1, out text),
            _ => false,
        };
    }
}
