using System.Net;

namespace McpFunctions.EndToEnd.Tests.Events;

public sealed class ReplayTests(GatewayApplication gateway)
{
    [Theory]
    [InlineData("""{"consumer": "orchestrator", "types": ["auth.login"], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "types")]
    [InlineData("""{"consumer": "audit", "types": ["file.copied"], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "types")]
    [InlineData("""{"consumer": "audit", "types": [], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "types")]
    [InlineData("""{"consumer": "audit", "types": [null], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "types")]
    [InlineData("""{"consumer": "nobody", "types": ["auth.login"], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "consumer")]
    [InlineData("""{"consumer": "audit", "from": "yesterday", "to": "2026-01-01T01:00:00Z"}""", "from")]
    [InlineData("""{"consumer": "audit", "from": "2026-01-01T02:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "to")]
    public async Task A_replay_of_types_that_its_consumer_does_not_take_or_without_a_time_is_refused(string body, string field)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        var problem = await gateway.NewUser().SendAsync(HttpMethod.Post, "events/replay", content).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", field);

        Assert.All(problem.Items("errors", field), reason => Assert.StartsWith("Send ", reason.GetString(), StringComparison.Ordinal));
    }
}
