using System.Text.RegularExpressions;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Tests.Deployment;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Console;

/// <summary>The files of the console. <c>page.test.mjs</c> tests its modules; the end-to-end tests use it in a browser.</summary>
public sealed partial class PageTests
{
    private const string Start = "console.html";
    private const string Folder = "console/";
    private const string Address = "/api/console/";

    // A name, which no browser loads.
    private const string SvgNamespace = "http://www.w3.org/2000/svg";

    private static readonly string s_folder = Repository.PathOf("src", "Functions", "Console", "Page");

    // As they are embedded in the app.
    private static readonly Dictionary<string, string> s_files = typeof(StaticPage).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).ToDictionary(name => name[Folder.Length..], Read);

    [Fact]
    public void The_page_loads_every_file_that_is_there_and_no_other()
    {
        List<string> reached = [Start];
        // The list grows by what its files load.
        for (int index = 0; index < reached.Count; index++)
        {
            string file = reached[index];
            Assert.True(s_files.ContainsKey(file), $"There is no file {file}. Its path may have one folder at most, as the routes.");
            reached.AddRange(LoadedBy(file).Except(reached).ToList());
        }

        Assert.Equal(s_files.Keys.Order(StringComparer.Ordinal), reached.Order(StringComparer.Ordinal));
        Assert.Contains("tabs/files.js", reached);
        Assert.All(reached.Where(name => name != Start), name => Assert.NotNull(new StaticPage("console", Start).Find(name)));
    }

    [Fact]
    public void No_file_names_another_origin() => Assert.All(s_files, file =>
    {
        Assert.DoesNotMatch("(?i)[a-z]+://|[\"'(`]//[a-z]|@import", Comment().Replace(file.Value.Replace(SvgNamespace, "", StringComparison.Ordinal), ""));
        Assert.DoesNotMatch("<script>|<style|\\sstyle=\"|\\son[a-z]+=\"", file.Value);
    });

    [Fact]
    public void Its_own_scripts_make_no_code_or_markup_of_text() => Assert.All(
        s_files.Where(file => !file.Key.StartsWith("vendor/", StringComparison.Ordinal)),
        file => Assert.DoesNotMatch("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function|localStorage\\.setItem\\((?!Key, choice)|sessionStorage|document\\.cookie", file.Value));

    [Fact]
    public Task What_the_page_works_out_is_right() => AssertRunsAsync(
        ["--test", Repository.PathOf("tests", "Functions.Tests", "Console", "page.test.mjs")], new() { ["CONSOLE_PAGE"] = s_folder });

    [Fact]
    public Task The_libraries_are_those_of_the_lock_file() => AssertRunsAsync([Path.Combine(s_folder, "vendor", "verify.mjs")], null);

    private static async Task AssertRunsAsync(string[] arguments, Dictionary<string, string>? environment)
    {
        (int code, string output, string errors) = await CommandLine.RunAsync("node", arguments, environment);
        Assert.True(code == 0, output + errors);
    }

    private static IEnumerable<string> LoadedBy(string file) => Path.GetExtension(file) == ".html"
        ? Linked().Matches(s_files[file]).Select(match => match.Groups[1].Value)
        : Imported().Matches(s_files[file]).Select(match => new Uri(new Uri($"http://host{Address}{file}"), match.Groups[1].Value).AbsolutePath[Address.Length..]);

    private static string Read(string resource)
    {
        using var reader = new StreamReader(typeof(StaticPage).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("(?:src|href)=\"/api/console/([^\"]+)\"")]
    private static partial Regex Linked();

    [GeneratedRegex(@"(?:\bfrom |\bimport |\bimport\()'([^']+)'")]
    private static partial Regex Imported();

    [GeneratedRegex(@"^/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
