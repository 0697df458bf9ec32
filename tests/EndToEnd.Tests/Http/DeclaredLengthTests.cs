using System.Text;
using McpFunctions.EndToEnd.Tests.Fuzz;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Http;

public sealed class DeclaredLengthTests(GatewayApplication gateway)
{
    private const long Length = 95 * 1024 * 1024;
    private const int Beginning = 16 * 1024;

    [Fact]
    public async Task Every_route_that_takes_JSON_refuses_a_length_that_is_too_large_without_reading_the_body()
    {
        var user = gateway.NewUser();
        var api = new ApiDescription(await gateway.Http.GetAsync("openapi.json").JsonAsync());
        var routes = api.Operations.Where(operation => operation.Body is not null && !operation.TakesFiles).ToList();
        Assert.NotEmpty(routes);

        foreach (var route in routes)
        {
            using var connection = new RawConnection(gateway.Address.Port);
            var path = string.Join('/', route.Path.Split('/').Select(part => part.StartsWith('{') ? $"{Guid.NewGuid()}" : part));
            // Send only the beginning of the body.
            var head = $"{route.Method} /api{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.Token}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {Length}\r\n\r\n";

            var response = await connection.SendAsync(
                [.. Encoding.ASCII.GetBytes(head), .. new byte[Beginning]], isHead: false, isIncomplete: false, Eventually.DefaultDeadline);

            Assert.True(response is { Status: 413 } && response.CorrelationId is not null, $"{route} was answered with {response}.");
        }
    }
}
