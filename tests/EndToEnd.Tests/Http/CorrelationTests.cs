using System.Net;

namespace McpFunctions.EndToEnd.Tests.Http;

public sealed class CorrelationTests(GatewayApplication gateway)
{
    [Theory]
    [InlineData("a")]
    [InlineData("order-4711/step:2;{\"any\":<visible>}~")]
    public async Task A_client_s_correlation_id_comes_back_and_goes_into_the_event(string sent)
    {
        var user = gateway.NewUser();

        using var response = await user.PostRawAsync("correlated.txt", "content"u8.ToArray(), null, ("X-Correlation-Id", sent));

        Assert.Equal(sent, response.Header("X-Correlation-Id"));
        await AssertInEventAsync(user, (await response.JsonAsync(HttpStatusCode.Created)).Text("id"), sent);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("tab\tbetween")]
    [InlineData("129")]
    public async Task Without_a_valid_correlation_id_of_the_client_the_gateway_makes_one(string? sent)
    {
        var user = gateway.NewUser();
        (string, string)[] headers = sent switch
        {
            null => [],
            "129" => [("X-Correlation-Id", new string('x', 129))],
            _ => [("X-Correlation-Id", sent)],
        };

        using var response = await user.PostRawAsync("correlated.txt", "content"u8.ToArray(), null, headers);

        var made = response.Header("X-Correlation-Id");
        Assert.Matches("^[0-9a-f]{32}$", made);
        await AssertInEventAsync(user, (await response.JsonAsync(HttpStatusCode.Created)).Text("id"), made);
    }

    [Fact]
    public async Task The_trace_of_a_request_goes_on_in_its_event()
    {
        var user = gateway.NewUser();

        using var response = await user.PostRawAsync(
            "traced.txt", "content"u8.ToArray(), null, ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));

        var lines = await user.AuditOfAsync((await response.JsonAsync(HttpStatusCode.Created)).Text("id"), 1);
        Assert.StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-", lines[0].Text("event", "metadata", "traceparent"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Problems_also_have_the_correlation_id()
    {
        using var response = await gateway.NewUser().GetAsync($"files/{Guid.NewGuid()}", ("X-Correlation-Id", "looking-for-nothing"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("looking-for-nothing", response.Header("X-Correlation-Id"));
    }

    private static async Task AssertInEventAsync(GatewayUser user, string fileId, string correlationId)
    {
        var line = Assert.Single(await user.AuditOfAsync(fileId, 1));
        Assert.Equal(correlationId, line.Text("correlationId"));
        Assert.Equal(correlationId, line.Text("event", "correlationId"));
        Assert.Equal(correlationId, Assert.Single(await user.NotificationsOfAsync(fileId, 1)).Text("correlationId"));
        Assert.Equal([fileId], (await user.AuditAsync($"&correlationId={Uri.EscapeDataString(correlationId)}")).Select(found => found.Text("resourceId")));
    }
}
