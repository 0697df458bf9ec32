using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using McpFunctions.TestServers;
using Microsoft.Playwright;

namespace McpFunctions.EndToEnd.Tests.Console;

/// <summary>The console in a browser tab, as its user sees it.</summary>
public sealed class ConsolePage : IAsyncDisposable
{
    /// <summary>If set to 1, the tests renew the screenshots in docs/.</summary>
    public const string Renew = "MCPFUNCTIONS_RENEW_SCREENSHOTS";

    // The browser writes these lines itself when a session has ended, and when the machine is so busy that the gateway has to wait too long.
    private static readonly string[] s_ignored = ["status of 401", "status of 503"];

    // The page has no frames, so axe runs in it at once. Deque.AxeCore.Playwright loads it again for each view, and opens a second page to sum up.
    private static readonly BundledAxeScriptProvider s_axe = new();

    private readonly ConcurrentQueue<string> _faults = [];

    private ConsolePage(IPage page, Uri gateway)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !s_ignored.Any(ignored => message.Text.Contains(ignored, StringComparison.Ordinal)))
            {
                _faults.Enqueue($"{message.Type} in the browser's console: {message.Text} {message.Location}");
            }
        };
        page.PageError += (_, error) => _faults.Enqueue($"uncaught: {error}");
        page.Request += (_, request) =>
        {
            var address = new Uri(request.Url);
            if (address.Scheme is not ("data" or "blob") && address.GetLeftPart(UriPartial.Authority) != gateway.GetLeftPart(UriPartial.Authority))
            {
                _faults.Enqueue($"a request to another origin: {request.Url}");
            }
        };
    }

    /// <summary>The tab.</summary>
    public IPage Page { get; }

    /// <summary>Opens the console in a new tab.</summary>
    public static async Task<ConsolePage> OpenAsync(IBrowserContext profile, Uri gateway, string view = "")
    {
        var console = new ConsolePage(await profile.NewPageAsync(), gateway);
        await console.Page.GotoAsync($"/api/console{(view.Length > 0 ? $"#/{view}" : "")}");
        return console;
    }

    /// <summary>Signs in with a password.</summary>
    public async Task SignInAsync(string username, string password)
    {
        var dialog = Page.GetByRole(AriaRole.Dialog, new() { Name = "Sign in" });
        await dialog.GetByLabel("Username").FillAsync(username);
        await dialog.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    /// <summary>The names of all views in the navigation.</summary>
    public async Task<IReadOnlyList<string>> ViewsAsync()
    {
        var links = Page.GetByRole(AriaRole.Navigation, new() { Name = "Views" }).GetByRole(AriaRole.Link);
        await links.First.WaitForAsync();
        return await links.AllInnerTextsAsync();
    }

    /// <summary>Opens a view by the navigation.</summary>
    public async Task GoToAsync(string view)
    {
        await Page.GetByRole(AriaRole.Navigation, new() { Name = "Views" }).GetByRole(AriaRole.Link, new() { Name = view, Exact = true }).ClickAsync();
        await Page.GetByRole(AriaRole.Heading, new() { Name = view, Level = 1 }).WaitForAsync();
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Dialog(string name) => Page.GetByRole(AriaRole.Dialog, new() { NameRegex = new Regex(Regex.Escape(name)) });

    /// <summary>The rows of the view that contain a text.</summary>
    public ILocator Rows(string text) => Page.GetByRole(AriaRole.Row).Filter(new() { HasText = text });

    /// <summary>Waits until the view shows what it loads.</summary>
    public Task SettleAsync() => Eventually.UntilAsync(async () =>
        await Page.Locator("main h1").CountAsync() > 0 && await Page.Locator(".loading").CountAsync() == 0);

    /// <summary>Fails on a serious or critical finding of axe, light or dark, or if the page is wider than its window. Saves a picture of each look.</summary>
    public async Task AssertUsableAsync(string view, int width)
    {
        if (!await Page.EvaluateAsync<bool>("'axe' in self"))
        {
            await Page.EvaluateAsync(s_axe.GetScript());
        }
        foreach (var look in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await Page.EmulateMediaAsync(new() { ColorScheme = look, ReducedMotion = ReducedMotion.Reduce });
            // Only the colours depend on the look.
            var found = await Page.EvaluateAsync<string[]>(
                """
                async colours => (await axe.run(document, { resultTypes: ['violations'], ...(colours && { runOnly: ['color-contrast'] }) })).violations
                  .filter(each => ['serious', 'critical'].includes(each.impact))
                  .flatMap(each => each.nodes.map(node => `${each.id} (${each.help}): ${node.html}`))
                """,
                look == ColorScheme.Dark);
            Assert.Equal("", string.Join('\n', found.Select(each => $"{view} at {width} px, {look}: {each}")));
            await ScreenshotAsync($"{view}-{width}-{look}".Replace(' ', '-').ToLowerInvariant());
        }
        var excess = await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(excess <= 0, $"{view} at {width} px: the page is {excess} pixels wider than its window.");
    }

    /// <summary>Saves a picture beside the test results; one that the documentation shows is renewed on demand.</summary>
    public async Task ScreenshotAsync(string name, bool isInDocs = false)
    {
        var picture = await Page.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled });
        var folder = Path.Combine(AppContext.BaseDirectory, "screenshots");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), picture);
        if (isInDocs && Environment.GetEnvironmentVariable(Renew) == "1")
        {
            await File.WriteAllBytesAsync(Repository.PathOf("docs", "images", $"{name}.png"), picture);
        }
    }

    /// <summary>Fails if the page wrote an error to the browser's console, or asked another origin. Only at the end of a test: it would hide another failure.</summary>
    public void AssertFaultless() => Assert.Equal("", string.Join('\n', _faults));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Page.CloseAsync();
}
