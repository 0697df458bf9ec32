using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Cases;

/// <summary>From the start of the host's process until a function has responded, on servers that run already.</summary>
internal sealed class StartCase : IBenchCase
{
    /// <inheritdoc/>
    public string Name => "start";

    /// <inheritdoc/>
    public string Title => "cold start: from the host's start to the first response of a function";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        Comparison time = new Comparison("start to first response, local host", Unit.Seconds).Must(Contenders.Gateway, Bound.AtMost(2));
        var memory = new Comparison("resident memory of host and worker at that moment", Unit.Megabytes);
        AzuriteServer azurite = await run.Stage.AzuriteAsync();
        // An account and a Redis for each: a gateway of the other version would find rows and keys that it does not know.
        Dictionary<string, string> accounts = [];
        Dictionary<string, RedisServer> servers = [];
        if (run.Size == BenchSize.Smoke)
        {
            // The gateway that the other cases use has started too.
            HostProcess started = (await run.Stage.GatewayAsync()).Instances[0];
            time.Add(Contenders.Gateway, started.ToFirstResponse.TotalSeconds);
            memory.Add(Contenders.Gateway, started.ProcessIds.Sum(ProcessFigures.MemoryOf));
            return [time, memory];
        }

        List<(string, Func<Task>)> contenders = [(Contenders.Gateway, () => StartAsync(Contenders.Gateway, GatewayBuild.Current))];
        if (run.HasBefore)
        {
            GatewayBuild before = await PreviousBuild.GetAsync();
            contenders.Add((Contenders.Before, () => StartAsync(Contenders.Before, before)));
        }

        try
        {
            foreach ((string name, _) in contenders)
            {
                servers[name] = await RedisServer.StartAsync();
                accounts[name] = azurite.WithNewAccount().ConnectionString;
            }

            await run.InTurnAsync([.. contenders]);
        }
        finally
        {
            foreach (RedisServer server in servers.Values)
            {
                await server.DisposeAsync();
            }
        }

        return [time, memory];

        async Task StartAsync(string name, GatewayBuild build)
        {
            await using HostProcess host = await HostProcess.StartAsync(build, servers[name].ConnectionString, accounts[name]);
            time.Add(name, host.ToFirstResponse.TotalSeconds);
            memory.Add(name, host.ProcessIds.Sum(ProcessFigures.MemoryOf));
        }
    }
}
