using System.Globalization;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Recovery;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Recovery;

/// <summary>Measures recovery and replay in a process of its own, as the state before does, and prints a line for each.</summary>
internal static class RecoveryWorker
{
    /// <summary>The name on the command line of the process.</summary>
    public const string Name = "recovery";

    /// <summary>Measures on servers of its own.</summary>
    /// <param name="events">The number of events.</param>
    /// <param name="print">Takes the lines.</param>
    public static async Task RunAsync(int events, Action<string> print)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using AzuriteServer azurite = await AzuriteServer.StartAsync();
        await using var bench = new Workbench(redis, azurite);
        Print("raw: rows like the audit log's", events, await bench.InsertRowsAsync(events));
        Print("raw: EVALSHA of a trivial script", events, await bench.EvaluateAsync(events));
        await bench.MakeEventsAsync(events);
        foreach (IEventConsumer consumer in bench.Consumers)
        {
            Print($"recovery: {consumer.Name}", events, await bench.DrainAsync(consumer));
        }

        foreach (IEventConsumer consumer in bench.Consumers)
        {
            (TimeSpan elapsed, ReplayJob job) = await bench.ReplayAsync(consumer);
            Print($"replay: {consumer.Name}", (int)job.Matched, elapsed);
        }

        void Print(string name, int count, TimeSpan elapsed) =>
            print(string.Create(CultureInfo.InvariantCulture, $"{name} {count / elapsed.TotalSeconds:0} events/s"));
    }
}
