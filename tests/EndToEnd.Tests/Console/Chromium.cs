using McpFunctions.TestServers;
using Microsoft.Playwright;

namespace McpFunctions.EndToEnd.Tests.Console;

/// <summary>The browser of the tests, without a window. It is Debian's package or another on the PATH: Playwright downloads none.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>Says why a test is skipped.</summary>
    public const string IsMissing = "The console was not tested: there is no Chromium on the PATH, and local/setup could not install it.";

    // The names that local/setup looks for.
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Whether there is a browser.</summary>
    public bool IsInstalled => _browser is not null;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } executable)
        {
            return;
        }
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH", AppOutput.PlaywrightFolder);
        Environment.SetEnvironmentVariable("PLAYWRIGHT_NODEJS_PATH", OnPath("node"));
        _playwright = await Playwright.CreateAsync();
        // Sends nothing to anybody but the gateway. Chromium's sandbox refuses to run as root.
        string[] arguments =
        [
            "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            .. Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>(),
        ];
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = executable,
            Args = arguments,
            Timeout = (float)Eventually.DefaultDeadline.TotalMilliseconds,
        });
    }

    /// <summary>Opens a browser profile of its own. Its pages share nothing with those of other profiles.</summary>
    /// <param name="gateway">The address of the gateway's API.</param>
    /// <param name="width">The width of the window.</param>
    /// <param name="look">Light or dark.</param>
    public async Task<IBrowserContext> NewProfileAsync(Uri gateway, int width, ColorScheme look)
    {
        var profile = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = gateway.GetLeftPart(UriPartial.Authority),
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = look,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "en-GB",
            TimezoneId = "UTC",
            AcceptDownloads = true,
        });
        profile.SetDefaultTimeout((float)Eventually.DefaultDeadline.TotalMilliseconds);
        Assertions.SetDefaultExpectTimeout((float)Eventually.DefaultDeadline.TotalMilliseconds);
        return profile;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
        _playwright?.Dispose();
    }

    private static string? Find() => s_names.Select(OnPath).FirstOrDefault(path => path is not null);

    private static string? OnPath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.exe" : name))
        .FirstOrDefault(File.Exists);
}
