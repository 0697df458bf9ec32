using System.Text.Json;
using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Deployment;

public sealed partial class ComposeTests(GatewayApplication gateway)
{
    [Fact]
    public async Task The_health_check_of_the_container_tells_a_gateway_that_works_from_one_that_is_not_there()
    {
        var compose = await File.ReadAllTextAsync(Repository.PathOf("compose.yaml"), TestContext.Current.CancellationToken);
        // The list is JSON, too. The first word only says that no shell is added.
        var command = JsonSerializer.Deserialize<string[]>(HealthCheck().Match(compose).Groups["command"].Value)!;

        Assert.Equal("CMD", command[0]);
        Assert.Equal(0, await RunAsync(gateway.Address.Port));
        Assert.NotEqual(0, await RunAsync(FreePort.Next()));

        async Task<int> RunAsync(int port)
        {
            await using var check = await ChildProcess.StartAsync(
                command[1], command[2..].Select(argument => argument.Replace("/127.0.0.1/80 ", $"/127.0.0.1/{port} ", StringComparison.Ordinal)));
            return await check.WaitForExitAsync();
        }
    }

    [GeneratedRegex(@"^    healthcheck:\n.*no curl\.\n      test: (?<command>\[.*\])$", RegexOptions.Multiline)]
    private static partial Regex HealthCheck();
}
