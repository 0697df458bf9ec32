using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace McpFunctions.Functions.Http;

/// <summary>Decodes percent-encoded text (RFC 3986, section 2.1), and refuses broken escapes.</summary>
internal static class PercentEncoding
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes a text whose bytes are UTF-8.</summary>
    /// <returns>False where an escape is broken or the bytes are not UTF-8.</returns>
    public static bool TryDecode(ReadOnlySpan<char> encoded, [NotNullWhen(true)] out string? text) => TryDecode(encoded, s_utf8, out text);

    /// <summary>Decodes a text whose bytes are of an encoding, which throws on invalid bytes.</summary>
    /// <returns>False where an escape is broken or the bytes are not of the encoding.</returns>
    public static bool TryDecode(ReadOnlySpan<char> encoded, Encoding encoding, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var bytes = new List<byte>(encoded.Length);
        try
        {
            while (!encoded.IsEmpty)
            {
                if (encoded[0] != '%')
                {
                    int end = encoded.IndexOf('%') is var next and >= 0 ? next : encoded.Length;
                    bytes.AddRange(encoding.GetBytes(encoded[..end].ToArray()));
                    encoded = encoded[end..];
                }
                else if (encoded.Length > 2 && byte.TryParse(encoded[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
                {
                    bytes.Add(value);
                    encoded = encoded[3..];
                }
                else
                {
                    return false;
                }
            }

            text = encoding.GetString([.. bytes]);
            return true;
        }
        catch (ArgumentException)
        {
            // EncoderFallbackException and DecoderFallbackException.
            return false;
        }
    }
}
