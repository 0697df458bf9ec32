using System.Net;
using System.Text;
using System.Text.Json;
using McpFunctions.EndToEnd.Tests.Health;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>A day of a user: each of the seventeen event types happens because a feature is used, and all are in the audit log in the evening.</summary>
public sealed class UserDayTests
{
    private static readonly Dictionary<string, string?> s_settings = new()
    {
        ["Health__Dwell"] = "00:00:01",
        ["Delivery__RelayAfter"] = "00:00:02",
    };

    private static readonly string[] s_clientScopes = ["files:read", "commands:write", "workflows:write"];

    [Fact]
    public async Task Whatever_Ada_does_is_in_the_audit_log_in_the_evening()
    {
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "user-day", Settings = s_settings });
        var admin = await gateway.LoginAsync();

        // Ada gets an account. She mistypes her password, then signs in.
        var password = gateway.Secret();
        await admin.PostAsync("users", new { username = "ada", password, role = "user" }).JsonAsync(HttpStatusCode.Created);
        await gateway.PostLoginAsync("ada", "Enchantress of Numbers").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        var ada = await gateway.LoginAsync("ada", password);

        // She stores her notes and gives them a better name.
        var notes = (await ada.UploadAsync("notes.md")).Text("id");
        await ada.RenameAsync(notes, "note-g.md");

        // Her MCP client gets a key of its own, with which it reads the notes and runs commands.
        var key = await ada.PostAsync("apikeys", new { name = "Ada's client", scopes = s_clientScopes }).JsonAsync(HttpStatusCode.Created);
        gateway.Confidential(key.Text("key").Split('_')[2]);
        await ClientAsync(HttpMethod.Get, $"files/{notes}/content");
        var numbers = await ClientAsync(HttpMethod.Post, "commands", """{"name": "bernoulli", "input": {"count": 7}}""");
        await ClientAsync(HttpMethod.Post, $"commands/{numbers}/complete", """{"output": [1, 2, 3]}""");
        var music = await ClientAsync(HttpMethod.Post, "commands", """{"name": "compose-music"}""");
        await ClientAsync(HttpMethod.Post, $"commands/{music}/fail", """{"error": "The engine has no brass."}""");
        var review = await ClientAsync(HttpMethod.Post, "workflows", """{"name": "review", "input": {"reader": "Charles"}}""");
        await ClientAsync(HttpMethod.Post, $"workflows/{review}/complete", """{"status": "succeeded"}""");

        // At noon Redis is down for a while. She cleans up all the same.
        await gateway.Redis.StopAsync();
        await EventAsync("system.health.degraded");
        await ada.DeleteAsync(notes).EmptyAsync(HttpStatusCode.NoContent);
        await gateway.Redis.StartAgainAsync();
        await EventAsync("system.health.restored");

        // In the evening she takes the key back and leaves.
        await ada.SendAsync(HttpMethod.Delete, $"apikeys/{key.Text("id")}").EmptyAsync(HttpStatusCode.NoContent);
        await ada.PostAsync("auth/logout").EmptyAsync(HttpStatusCode.NoContent);

        string[] day =
        [
            "auth.failed", "auth.login", "session.created", "file.uploaded", "file.updated", "apikey.created", "command.started", "command.completed", "command.started", "command.failed",
            "workflow.triggered", "workflow.completed", "file.deleted", "apikey.revoked", "auth.logout", "session.expired",
        ];
        var lines = await Eventually.GetAsync(() => AuditAsync($"userId={ada.Id}"), lines => lines.Length >= day.Length);
        var health = await Eventually.GetAsync(() => AuditAsync("resourceId=redis"), lines => lines.Length >= 2);

        // Newest first. Events of the same moment have no fixed order.
        Assert.Equal(day.Order(), lines.Select(line => line.Text("type")).Order());
        Assert.Equal(day.Where(IsAlone), InOrder(lines).Where(IsAlone));
        // On a busy machine Redis may be degraded more than once.
        HealthEvents.AssertAlternate(InOrder(health));
        Assert.Equal(17, lines.Concat(health).Select(line => line.Text("type")).Distinct().Count());
        Assert.All(lines, line =>
        {
            Assert.Equal(ada.Id, line.Text("userId"));
            Assert.NotEmpty(line.Text("correlationId"));
            Assert.Equal(line.Text("eventId"), line.Text("event", "id"));
        });
        // The relay copies the same events to the event log, a little later. A rejected login belongs to no user there.
        var kept = lines.Where(line => line.Text("type") != "auth.failed").Select(line => line.Text("eventId")).Order().ToArray();
        var stored = await Eventually.GetAsync(
            async () => (await admin.GetAsync($"events?limit=500&userId={ada.Id}").JsonAsync()).Items("items"), events => events.Length >= kept.Length);
        Assert.Equal(kept, stored.Select(each => each.Text("id")).Order());

        // No credential of hers is stored, and her token is no longer valid.
        await gateway.AssertThatNothingStoredHoldsASecretAsync();
        await ada.GetAsync("auth/me").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");

        async Task<string?> ClientAsync(HttpMethod method, string path, string? json = null)
        {
            using var request = new HttpRequestMessage(method, path)
            {
                Headers = { { "x-api-key", key.Text("key") } },
                Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
            };
            using var response = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode, $"{method} {path} was answered with {(int)response.StatusCode}.");
            return response.Content.Headers.ContentType?.MediaType == "application/json" ? (await response.JsonAsync(response.StatusCode)).Text("id") : null;
        }

        async Task<JsonElement[]> AuditAsync(string query) => (await admin.GetAsync($"audit?limit=500&{query}").JsonAsync()).Items("items");

        Task EventAsync(string type) => Eventually.UntilAsync(
            async () => (await admin.GetAsync($"events?limit=500&type={type}").JsonAsync()).Items("items").Any(
                each => each.Text("payload", "component") == "redis"));
    }

    // A login and its new session share one moment, and so do a logout and the end of its session.
    private static bool IsAlone(string type) => type is not ("auth.login" or "session.created" or "auth.logout" or "session.expired");

    private static IEnumerable<string> InOrder(IEnumerable<JsonElement> newestFirst) => newestFirst.Reverse().Select(line => line.Text("type"));
}
