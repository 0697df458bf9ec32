using System.Diagnostics;
using System.Globalization;
using McpFunctions.Bench.Recovery;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Recovery;

// Measures recovery and replay, and in the same run the raw speed of the stores that they write to.
int events = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
await using Workbench bench = await Workbench.StartAsync();

double storage = Report("raw: rows like the audit log's, 100 a transaction", events, await bench.InsertRowsAsync(events), null);
double redis = Report("raw: EVALSHA of a trivial script, 100 at a time", events, await bench.EvaluateAsync(events), null);

Console.WriteLine($"\nCreating {events} events in storage, in the log and in the journal ...");
Stopwatch making = Stopwatch.StartNew();
await bench.MakeEventsAsync(events);
Console.WriteLine($"... took {making.Elapsed.TotalSeconds:0.0} s.\n");

foreach (IEventConsumer consumer in bench.Consumers)
{
    TimeSpan drained = await bench.DrainAsync(consumer);
    Report($"recovery: {consumer.Name}", events, drained, consumer.Name == Subscriptions.Audit ? storage : redis);
}

Console.WriteLine();
foreach (IEventConsumer consumer in bench.Consumers)
{
    (TimeSpan replayed, ReplayJob job) = await bench.ReplayAsync(consumer);
    Report($"replay:   {consumer.Name} ({job.Delivered} delivered, {job.Failed} failed)", (int)job.Matched, replayed, consumer.Name == Subscriptions.Audit ? storage : redis);
}

Console.WriteLine($"\nPeak memory: {Process.GetCurrentProcess().PeakWorkingSet64 / 1024 / 1024} MB.");

static double Report(string name, int count, TimeSpan elapsed, double? raw)
{
    double rate = count / elapsed.TotalSeconds;
    string ratio = raw is { } rawRate ? string.Create(CultureInfo.InvariantCulture, $", {rate / rawRate:0.00} of the raw rate") : "";
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-55} {count,6} in {elapsed.TotalSeconds,6:0.0} s: {rate,7:0} events/s{ratio}"));
    return rate;
}
