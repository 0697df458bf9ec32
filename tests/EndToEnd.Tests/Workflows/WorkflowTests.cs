using System.Net;
using System.Text;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Workflows;

public sealed class WorkflowTests(GatewayApplication gateway)
{
    [Theory]
    [InlineData("succeeded")]
    [InlineData("failed")]
    public async Task A_workflow_is_triggered_and_ends_once(string status)
    {
        var user = gateway.NewUser();
        using var response = await PostAsync(user, "workflows", """{"name": "nightly", "input": {"day": 1}}""");
        var triggered = await response.JsonAsync(HttpStatusCode.Accepted);
        var id = triggered.Text("id");
        Assert.EndsWith($"/workflows/{id}", response.Header("Location"), StringComparison.Ordinal);
        await Eventually.GetAsync(() => user.ContextAsync(), context => context.Items("workflows").Any(shown => shown.Text("status") == "running"));

        var completed = await PostAsync(user, $"workflows/{id}/complete", $$"""{"status": "{{status}}", "output": [1]}""").JsonAsync();
        await PostAsync(user, $"workflows/{id}/complete", """{"status": "succeeded"}""").ProblemAsync(HttpStatusCode.Conflict, "conflict");

        Assert.Equal(status, completed.Text("status"));
        var shown = (await Eventually.GetAsync(
            () => user.ContextAsync(), context => context.Items("workflows").Any(each => each.Text("status") == status))).Items("workflows");
        Assert.Equal(("nightly", id), (Assert.Single(shown).Text("name"), shown[0].Text("workflowId")));
        Assert.Equal(
            ["workflow.complete", "workflow.trigger"],
            (await Eventually.GetAsync(() => user.AuditAsync(), lines => lines.Length == 2)).Select(line => line.Text("action")));
        Assert.Equal(
            ["workflow:triggered", "workflow:completed"],
            (await Eventually.GetAsync(() => user.NotificationsAsync(), items => items.Length == 2)).Select(item => item.Text("name")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"status": "running"}""")]
    public async Task The_end_of_a_workflow_must_have_a_status(string body)
    {
        var user = gateway.NewUser();
        var id = (await PostAsync(user, "workflows", """{"name": "w"}""").JsonAsync(HttpStatusCode.Accepted)).Text("id");

        await PostAsync(user, $"workflows/{id}/complete", body).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "status");

        Assert.Equal("running", (await user.GetAsync($"workflows/{id}").JsonAsync()).Text("status"));
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayUser user, string path, string json) =>
        user.SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"));
}
