using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using McpFunctions.EndToEnd.Tests.Delivery;
using McpFunctions.EndToEnd.Tests.Mcp;
using McpFunctions.TestServers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace McpFunctions.EndToEnd.Tests.Console;

/// <summary>The console in a real browser. Where none is installed and none can be, the tests are skipped and say so.</summary>
[Collection(OneProxiedFaultAtATime.Name)]
public sealed class ConsoleTests(ProxiedFaults faults, Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const int AttemptsBefore = 7;

    private static readonly string[] s_consumers = ["audit", "notifications", "orchestrator"];
    private static readonly string[] s_scopes = ["files:read"];

    private GatewayApplication Gateway => faults.Gateway;

    /// <summary>Removes all faults, even after a failed test.</summary>
    public void Dispose() => faults.Mend();

    [Fact]
    public async Task An_operator_sees_an_upload_arrive_mends_a_dead_letter_and_replays()
    {
        Assert.SkipUnless(chromium.IsInstalled, Chromium.IsMissing);
        var account = await AccountAsync("grace", "admin");
        var profile = await chromium.NewProfileAsync(Gateway.Address, 1280, ColorScheme.Light);
        await using var _ = profile;
        await using var watching = await ConsolePage.OpenAsync(profile, Gateway.Address);
        await watching.SignInAsync(account.Username, account.Password);
        await watching.GoToAsync("Events");

        // A second tab of the same browser is signed in already.
        await using var working = await ConsolePage.OpenAsync(profile, Gateway.Address, "files");
        const string name = "quarterly-report.txt";
        var dragged = await working.Page.EvaluateHandleAsync(
            "name => { const data = new DataTransfer(); data.items.add(new File([`${name} was dropped`], name, { type: 'text/plain' })); return data; }", name);
        await working.Page.Locator("div.drop").DispatchEventAsync("drop", new { dataTransfer = dragged });
        await Expect(working.Rows(name)).ToHaveCountAsync(1);
        var arrived = watching.Rows(name).Filter(new() { HasText = "file.uploaded" });
        await Expect(arrived).ToHaveCountAsync(1);
        // The effects of its three consumers come to the same row.
        foreach (var consumer in s_consumers)
        {
            await Expect(arrived).ToContainTextAsync(consumer);
        }
        var user = await Gateway.LoginAsync(account.Username, account.Password);
        await user.PostAsync("workflows", new { name = "release", input = new { version = 7 } });
        // The call of an MCP tool is shown as any other request.
        await using (var agent = await Gateway.ConnectAsync(user))
        {
            await agent.ToolAsync("start_command", new { name = "summarize", input = new { words = 200 } });
        }
        await Expect(watching.Rows("summarize").Filter(new() { HasText = "command.started" })).ToContainTextAsync("orchestrator");
        await Expect(watching.Page.Locator(".head .status")).ToContainTextAsync("Live");
        await watching.ScreenshotAsync("console-events", isInDocs: true);
        await MeasureAsync(watching, user);

        faults.Redis.Fault = command => ProxiedCall.Of(command).Is("EVALSHA", ":inbox:entries", account.Id) ? ProxyFault.Refuse : ProxyFault.None;
        const string broken = "broken-name.txt";
        await UploadAsync(working, broken);
        await watching.GoToAsync("Dead letters");
        var letter = watching.Rows(broken);
        await Eventually.UntilAsync(async () =>
        {
            // Skips the waits between attempts, which grow to minutes.
            await PendingEntries.EndWaitAsync(Gateway, "notifications", user, attempts => Math.Max(attempts, AttemptsBefore));
            if (await letter.CountAsync() == 1)
            {
                return true;
            }
            await watching.Button("Look again").ClickAsync();
            return false;
        });
        await watching.SettleAsync();
        await watching.ScreenshotAsync("console-dead-letters");

        faults.Mend();
        await letter.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Edit and retry") }).ClickAsync();
        var editor = watching.Dialog("Edit and retry");
        var text = await editor.GetByLabel("Event", new() { Exact = true }).InputValueAsync();
        Assert.Contains(broken, text, StringComparison.Ordinal);
        const string mended = "mended-name.txt";
        await editor.GetByLabel("Event", new() { Exact = true }).FillAsync(text.Replace(broken, mended, StringComparison.Ordinal));
        await editor.GetByLabel("Reason").FillAsync("The name was wrong.");
        await editor.GetByRole(AriaRole.Button, new() { Name = "Retry the edited event" }).ClickAsync();
        await Expect(editor).ToHaveCountAsync(0);
        await Expect(letter).ToHaveCountAsync(0);
        // The notification has the edited name.
        await Eventually.UntilAsync(async () =>
        {
            await working.GoToAsync("Files");
            await working.GoToAsync("Notifications");
            await working.SettleAsync();
            return (await working.Page.Locator("main").TextContentAsync())!.Contains(mended, StringComparison.Ordinal);
        });

        await watching.GoToAsync("Replay");
        await watching.Page.GetByLabel("Consumer").SelectOptionAsync("notifications");
        await watching.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Replay [0-9]+ events?$") }).ClickAsync();
        // Not those that the faults of other tests began.
        await Expect(watching.Rows("notifications").Filter(new() { HasText = "asked for" }).Filter(new() { HasText = "Done" })).ToHaveCountAsync(1);
        await watching.GoToAsync("Overview");
        await watching.SettleAsync();
        await Expect(watching.Page.Locator(".plot canvas").First).ToBeVisibleAsync();
        await watching.ScreenshotAsync("console-overview", isInDocs: true);
        watching.AssertFaultless();
        working.AssertFaultless();
    }

    [Theory]
    [InlineData(360)]
    [InlineData(1280)]
    public async Task Every_view_is_usable_light_and_dark(int width)
    {
        Assert.SkipUnless(chromium.IsInstalled, Chromium.IsMissing);
        var account = await AccountAsync($"ada-{width}", "admin");
        var user = await Gateway.LoginAsync(account.Username, account.Password);
        await user.UploadAsync("a-file-with-a-rather-long-name-that-a-narrow-window-must-break-somewhere.txt");
        await user.PostAsync("commands", new { name = "build", input = new { target = "all" } });
        await user.PostAsync("workflows", new { name = "release", input = new { version = 7 } });
        await user.PostAsync("apikeys", new { name = "agent", scopes = s_scopes });
        var profile = await chromium.NewProfileAsync(Gateway.Address, width, ColorScheme.Light);
        await using var _ = profile;
        await using var console = await ConsolePage.OpenAsync(profile, Gateway.Address);
        await console.AssertUsableAsync("sign-in", width);
        await console.SignInAsync(account.Username, account.Password);

        var views = await console.ViewsAsync();
        Assert.True(views.Count >= 11, $"Only these views are there: {string.Join(", ", views)}");
        foreach (var view in views)
        {
            await console.GoToAsync(view);
            await console.SettleAsync();
            await console.AssertUsableAsync(view, width);
        }
        console.AssertFaultless();
    }

    [Fact]
    public async Task A_sign_out_in_another_tab_leaves_the_page_as_it_is_under_the_sign_in()
    {
        Assert.SkipUnless(chromium.IsInstalled, Chromium.IsMissing);
        var account = await AccountAsync("margaret", "admin");
        var profile = await chromium.NewProfileAsync(Gateway.Address, 1280, ColorScheme.Dark);
        await using var _ = profile;
        await using var first = await ConsolePage.OpenAsync(profile, Gateway.Address, "replay");
        await first.SignInAsync(account.Username, account.Password);
        await first.Page.GetByLabel("Consumer").SelectOptionAsync("audit");
        // The first tab is slow to hand on who is signed in: the second shows the sign-in before the answer comes.
        await first.Page.EvaluateAsync(
            """
            () => {
              const { postMessage } = BroadcastChannel.prototype;
              const held = [];
              BroadcastChannel.prototype.postMessage = function (message) { held.push(() => postMessage.call(this, message)); };
              self.handOn = () => { BroadcastChannel.prototype.postMessage = postMessage; held.forEach(each => each()); };
            }
            """);
        await using var second = await ConsolePage.OpenAsync(profile, Gateway.Address, "sessions");
        await Expect(second.Dialog("Sign in")).ToBeVisibleAsync();
        await first.Page.EvaluateAsync("() => self.handOn()");
        await Expect(second.Rows("This one")).ToHaveCountAsync(1);

        await second.Button("Sign out").ClickAsync();

        await Expect(first.Dialog("Sign in")).ToBeVisibleAsync();
        await Expect(second.Dialog("Sign in")).ToBeVisibleAsync();
        Assert.Equal("{}", await first.Page.EvaluateAsync<string>("JSON.stringify({ ...sessionStorage })"));
        await first.SignInAsync(account.Username, account.Password);
        await Expect(first.Page.GetByLabel("Consumer")).ToHaveValueAsync("audit");

        // A session that the gateway ends, without a word of another tab.
        var admin = await Gateway.LoginAsync();
        foreach (var session in (await admin.GetAsync($"users/{account.Id}/sessions").JsonAsync()).Items("items"))
        {
            await admin.SendAsync(HttpMethod.Delete, $"users/{account.Id}/sessions/{session.Text("id")}").EmptyAsync(HttpStatusCode.NoContent);
        }
        await Expect(first.Dialog("Sign in")).ToBeVisibleAsync();
        await first.SignInAsync(account.Username, account.Password);
        await Expect(first.Page.GetByLabel("Consumer")).ToHaveValueAsync("audit");
        first.AssertFaultless();
        second.AssertFaultless();
    }

    [Fact]
    public async Task A_user_signs_in_uploads_and_signs_out_with_the_keyboard_alone()
    {
        Assert.SkipUnless(chromium.IsInstalled, Chromium.IsMissing);
        var account = await AccountAsync("katherine", "user");
        var profile = await chromium.NewProfileAsync(Gateway.Address, 1280, ColorScheme.Light);
        await using var _ = profile;
        await using var console = await ConsolePage.OpenAsync(profile, Gateway.Address);
        var keyboard = console.Page.Keyboard;

        // The first field has the focus.
        await Expect(console.Page.GetByLabel("Username")).ToBeFocusedAsync();
        await keyboard.TypeAsync(account.Username);
        await keyboard.PressAsync("Tab");
        await keyboard.TypeAsync(account.Password);
        await keyboard.PressAsync("Enter");
        await Expect(console.Dialog("Sign in")).ToHaveCountAsync(0);

        Assert.DoesNotContain("Dead letters", await console.ViewsAsync());
        await TabToAsync(console, "Files");
        await keyboard.PressAsync("Enter");
        await Expect(console.Page.GetByRole(AriaRole.Heading, new() { Name = "Files", Level = 1 })).ToBeVisibleAsync();
        await TabToAsync(console, "Upload files");
        var choosing = console.Page.WaitForFileChooserAsync();
        do
        {
            // Chromium opens no chooser if the page needs more than five seconds for the key, as on a busy machine. A user presses it again.
            await keyboard.PressAsync("Enter");
        }
        while (await Task.WhenAny(choosing, Task.Delay(TimeSpan.FromSeconds(15))) != choosing);
        var chooser = await choosing;
        await chooser.SetFilesAsync(new FilePayload { Name = "by-keyboard.txt", MimeType = "text/plain", Buffer = Encoding.UTF8.GetBytes("typed") });
        await Expect(console.Rows("by-keyboard.txt")).ToHaveCountAsync(1);

        await TabToAsync(console, "Delete by-keyboard.txt");
        await keyboard.PressAsync("Enter");
        await Expect(console.Dialog("Delete by-keyboard.txt?")).ToBeVisibleAsync();
        await keyboard.PressAsync("Escape");
        // The focus is where it was.
        Assert.Equal("Delete by-keyboard.txt", await FocusedAsync(console));
        await keyboard.PressAsync("Enter");
        await TabToAsync(console, "Delete");
        await keyboard.PressAsync("Enter");
        await Expect(console.Rows("by-keyboard.txt")).ToHaveCountAsync(0);

        await TabToAsync(console, "Sign out");
        await keyboard.PressAsync("Enter");
        await Expect(console.Dialog("Sign in")).ToBeVisibleAsync();
        console.AssertFaultless();
    }

    // From the time of the event to the row in the browser, one after the other. Long tests measure 200, and write what docs/console.md says.
    private static async Task MeasureAsync(ConsolePage watching, GatewayUser user)
    {
        if (!FaultRound.IsLong)
        {
            return;
        }
        List<double> times = [];
        for (var number = 0; number < 200; number++)
        {
            var name = $"measured-{number}.txt";
            var shown = watching.Page.EvaluateAsync<double>(
                """
                name => new Promise(resolve => {
                  const look = () => {
                    const row = [...document.querySelectorAll('main tbody tr')].find(each => each.textContent.includes(name));
                    if (row) {
                      observer.disconnect();
                      resolve(Date.now() - Date.parse(row.querySelector('time').dateTime));
                    }
                  };
                  const observer = new MutationObserver(look);
                  observer.observe(document.querySelector('main'), { childList: true, subtree: true });
                })
                """,
                name);
            await user.UploadAsync(name);
            times.Add(await shown);
        }
        times.Sort();
        var result = string.Create(CultureInfo.InvariantCulture, $"median {times[100]} ms, p99 {times[198]} ms, most {times[^1]} ms of {times.Count}");
        TestContext.Current.TestOutputHelper?.WriteLine(result);
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "screenshots", "latency.txt"), result);
    }

    private async Task<(string Id, string Username, string Password)> AccountAsync(string username, string role)
    {
        var password = Gateway.Secret();
        var account = await (await Gateway.LoginAsync()).PostAsync("users", new { username, password, role }).JsonAsync(HttpStatusCode.Created);
        return (account.Text("id"), username, password);
    }

    private static Task UploadAsync(ConsolePage console, string name) => console.Page.GetByLabel("Files to upload").SetInputFilesAsync(
        new FilePayload { Name = name, MimeType = "text/plain", Buffer = Encoding.UTF8.GetBytes($"{GatewayApplication.ContentMark} of {name}") });

    // As somebody who cannot see where the focus is: by its name.
    private static async Task TabToAsync(ConsolePage console, string name)
    {
        for (var step = 0; step < 100; step++)
        {
            if (await FocusedAsync(console) == name)
            {
                return;
            }
            await console.Page.Keyboard.PressAsync("Tab");
        }
        Assert.Fail($"A hundred presses of Tab did not reach '{name}'.");
    }

    private static Task<string> FocusedAsync(ConsolePage console) =>
        console.Page.EvaluateAsync<string>("(document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText ?? '').trim()");
}
