using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Cases;

/// <summary>
/// From the start of the host's process until a function has responded, on servers that run already. The first round of a full run does not count:
/// it reads the programs from disk and makes the tables. In a quick run, other cases have started both builds before.
/// </summary>
internal sealed class StartCase : IBenchCase
{
    /// <inheritdoc/>
    public string Name => "start";

    /// <inheritdoc/>
    public string Title => "cold start: from the host's start to the first response of a function";

    /// <inheritdoc/>
    public bool HasStateBefore => true;

    /// <inheritdoc/>
    public int RoundsOf(BenchSize size) => size == BenchSize.Full ? IBenchCase.FullRounds : 1;

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

        List<(string Name, GatewayBuild Build)> contenders = [(Contenders.Gateway, GatewayBuild.Current)];
        if (run.HasBefore)
        {
            contenders.Add((Contenders.Before, await PreviousBuild.GetAsync()));
        }

        try
        {
            foreach ((string name, _) in contenders)
            {
                servers[name] = await RedisServer.StartAsync();
                accounts[name] = azurite.WithNewAccount().ConnectionString;
            }

            if (run.Size == BenchSize.Full)
            {
                foreach ((string name, GatewayBuild build) in contenders)
                {
                    await StartAsync(name, build, isCounted: false);
                }
            }

            await run.InTurnAsync([.. contenders.Select(each => (each.Name, (Func<Task>)(() => StartAsync(each.Name, each.Build, isCounted: true))))]);
        }
        finally
        {
            foreach (RedisServer server in servers.Values)
            {
                await server.DisposeAsync();
            }
        }

        return [time, memory];

        async Task StartAsync(string name, GatewayBuild build, bool isCounted)
        {
            await using HostProcess host = await HostProcess.StartAsync(build, servers[name].ConnectionString, accounts[name]);
            if (isCounted)
            {
                time.Add(name, host.ToFirstResponse.TotalSeconds);
                memory.Add(name, host.ProcessIds.Sum(ProcessFigures.MemoryOf));
            }
        }
    }
}
