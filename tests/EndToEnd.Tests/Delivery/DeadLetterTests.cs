using System.Net;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Delivery;

public sealed class DeadLetterTests(GatewayApplication gateway)
{
    [Fact]
    public async Task A_consumer_that_is_none_is_refused_with_the_names_of_those_that_are()
    {
        var admin = gateway.NewUser();

        var list = await admin.GetAsync("dead-letters?consumer=nope").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "consumer");
        var json = new StringContent("""{"consumer": "nope"}""", Encoding.UTF8, "application/json");
        var retry = await admin.SendAsync(HttpMethod.Post, "dead-letters/retry", json).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "consumer");

        Assert.All([list, retry], problem => Assert.All(["audit", "notifications", "orchestrator"], name => Assert.Contains(name, problem.ToString(), StringComparison.Ordinal)));
        Assert.Empty((await admin.GetAsync("dead-letters?consumer=orchestrator&type=file.deleted").JsonAsync()).Items("items"));
    }

    [Fact]
    public async Task There_is_nothing_under_a_consumer_that_is_none()
    {
        var admin = gateway.NewUser();
        var letter = $"dead-letters/nope/{Guid.CreateVersion7()}";

        await admin.GetAsync(letter).ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await admin.SendAsync(HttpMethod.Delete, letter).ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await admin.SendAsync(HttpMethod.Post, $"{letter}/retry").ProblemAsync(HttpStatusCode.NotFound, "not-found");
    }
}
