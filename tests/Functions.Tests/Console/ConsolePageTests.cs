using McpFunctions.Functions.Tests.Deployment;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Console;

/// <summary>The files of the console's page. <c>page.test.mjs</c> tests its modules; the end-to-end tests use it in a browser.</summary>
public sealed class ConsolePageTests
{
    private static readonly string s_page = Repository.PathOf("src", "Functions", "Console", "Page");

    [Fact]
    public async Task What_the_page_works_out_is_right()
    {
        var environment = new Dictionary<string, string> { ["CONSOLE_PAGE"] = s_page };
        (int code, string output, string errors) = await CommandLine.RunAsync(
            "node", ["--test", Repository.PathOf("tests", "Functions.Tests", "Console", "page.test.mjs")], environment);
        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public async Task The_libraries_are_those_of_the_lock_file()
    {
        (int code, string output, string errors) = await CommandLine.RunAsync("node", [Path.Combine(s_page, "vendor", "verify.mjs")]);
        Assert.True(code == 0, output + errors);
    }
}
