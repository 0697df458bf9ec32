using System.Text;
using CsCheck;
using McpFunctions.Domain.Files;

namespace McpFunctions.Domain.Tests.Files;

public sealed class FilenameTests
{
    [Theory]
    [InlineData("report.pdf", "report.pdf")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData(@"C:\Users\me\notes.txt", "notes.txt")]
    [InlineData("  padded .txt ", "padded .txt")]
    [InlineData("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt")]
    [InlineData("a\0b.txt", "ab.txt")]
    [InlineData("u\u0308.txt", "ü.txt")]
    [InlineData("photo\u202Egnp.exe", "photognp.exe")]
    [InlineData("👩\u200D👩\u200D👧.png", "👩\u200D👩\u200D👧.png")]
    [InlineData("日本語.txt", "日本語.txt")]
    [InlineData(".hidden", ".hidden")]
    [InlineData("non\uFFFE\uFFFF\uFDD0\U0001FFFEcharacters.txt", "noncharacters.txt")]
    public void A_name_is_made_safe(string name, string expected)
    {
        Assert.True(Filename.TryMakeSafe(name, out string safe, out string problem), problem);
        Assert.Equal(expected, safe);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("folder/")]
    [InlineData("\r\n")]
    public void A_name_that_leaves_nothing_is_refused(string? name)
    {
        Assert.False(Filename.TryMakeSafe(name, out _, out string problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void A_name_with_half_a_surrogate_pair_is_refused() =>
        Assert.False(Filename.TryMakeSafe("a" + (char)0xD800 + "b", out _, out _));

    [Fact]
    public void A_name_that_was_decoded_wrong_is_refused() => Assert.False(Filename.TryMakeSafe("r\uFFFDsum\uFFFD.txt", out _, out _));

    [Theory]
    [InlineData("re\u0301", "r\u00e9")]
    [InlineData("a\u202Eb ", "ab ")]
    [InlineData("\uFFFEa", "a")]
    [InlineData("", "")]
    public void The_beginning_of_a_name_is_changed_as_names_are(string prefix, string expected) => Assert.Equal(expected, Filename.Prefix(prefix));

    [Theory]
    [InlineData("é", 127, true)]
    [InlineData("é", 128, false)]
    [InlineData("x", 255, true)]
    [InlineData("x", 256, false)]
    public void A_name_has_at_most_255_bytes(string character, int times, bool isTaken) =>
        Assert.Equal(isTaken, Filename.TryMakeSafe(string.Concat(Enumerable.Repeat(character, times)), out _, out _));

    [Fact]
    public void A_safe_name_is_safe_whatever_it_was_made_of() =>
        Gen.OneOf(
            Gen.String,
            Gen.OneOf("/", "\\", "..", "\u202E", "\r", "é", "👧", " ", "a", "\u2028", "\uFEFF").Array[0, 40].Select(string.Concat)).Sample(name =>
        {
            if (Filename.TryMakeSafe(name, out string safe, out _))
            {
                Assert.NotEmpty(safe);
                Assert.DoesNotContain(safe, character => char.IsControl(character) || character is '/' or '\\' or '\u202E' or '\u2028');
                Assert.InRange(Encoding.UTF8.GetByteCount(safe), 1, Filename.MaxBytes);
                Assert.True(safe.IsNormalized(NormalizationForm.FormC));
                Assert.True(Filename.TryMakeSafe(safe, out string again, out _));
                Assert.Equal(safe, again);
            }
        });
}
