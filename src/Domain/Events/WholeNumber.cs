using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace McpFunctions.Domain.Events;

/// <summary>Whole numbers as JSON may write them: <c>3</c>, <c>3.0</c> and <c>3e0</c> are the same number.</summary>
public static class WholeNumber
{
    // A long has 19 digits.
    private const int MaxDigits = 19;

    /// <summary>Reads a whole number.</summary>
    /// <param name="json">The JSON value.</param>
    /// <param name="value">The number.</param>
    /// <returns>False where the value is no number, has a fraction, or is too large for 64 bits.</returns>
    public static bool TryRead(JsonElement json, out long value)
    {
        value = 0;
        return json.ValueKind == JsonValueKind.Number && (json.TryGetInt64(out value) || TryParse(json.GetRawText(), out value));
    }

    /// <summary>Reads a whole number.</summary>
    /// <param name="reader">The reader, on the value.</param>
    /// <param name="value">The number.</param>
    /// <returns>False where the value is no number, has a fraction, or is too large for 64 bits.</returns>
    public static bool TryRead(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number
            && (reader.TryGetInt64(out value)
                || TryParse(Encoding.ASCII.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan), out value));
    }

    // Exactly, digit by digit: a double or a decimal would round 2.00000000000000000000000000000001 to 2.
    private static bool TryParse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        bool isNegative = text[0] == '-';
        text = isNegative ? text[1..] : text;
        int exponentAt = text.IndexOfAny('e', 'E');
        ReadOnlySpan<char> mantissa = exponentAt < 0 ? text : text[..exponentAt];
        int point = mantissa.IndexOf('.');
        int decimals = point < 0 ? 0 : mantissa.Length - point - 1;
        ReadOnlySpan<char> digits = (point < 0 ? mantissa : $"{mantissa[..point]}{mantissa[(point + 1)..]}").TrimStart('0');
        int significant = digits.TrimEnd('0').Length;
        if (significant == 0)
        {
            return true;
        }

        long exponent = 0;
        if (exponentAt >= 0 && !long.TryParse(text[(exponentAt + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
        {
            return false;
        }

        // The number is its significant digits and this many zeros.
        long zeros = Math.Clamp(exponent, int.MinValue, int.MaxValue) - decimals + (digits.Length - significant);
        return zeros >= 0
            && significant + zeros <= MaxDigits
            && long.TryParse(
                $"{(isNegative ? "-" : "")}{digits[..significant]}{new string('0', (int)zeros)}",
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out value);
    }
}
