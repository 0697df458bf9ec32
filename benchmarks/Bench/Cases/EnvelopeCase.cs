using System.Diagnostics;
using System.Text.Json;
using McpFunctions.Bench.Measuring;
using McpFunctions.Bench.Peers;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;

namespace McpFunctions.Bench.Cases;

/// <summary>Making, writing and reading the envelope on one processor, against the decision record's bus. The gateway also checks the schema.</summary>
internal sealed class EnvelopeCase : IBenchCase
{
    /// <inheritdoc/>
    public string Name => "envelope";

    /// <inheritdoc/>
    public string Title => "envelope: make, write and read an event, on one processor";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int count = run.Of(200_000, 50_000, 1_000);
        Comparison both = new Comparison("make, write and read, events per second", Unit.PerSecond).Against(Contenders.RecordBus, Bound.AtLeast(5));
        var writing = new Comparison("make and write, events per second", Unit.PerSecond);
        var reading = new Comparison("read and check, events per second", Unit.PerSecond);
        // The head of the one array that a write must make.
        Comparison written = new Comparison("allocated by a write beyond the bytes of the event", Unit.Bytes).Must(Contenders.Gateway, Bound.AtMost(32));
        var read = new Comparison("allocated by a read, times the bytes of the event", Unit.Times);
        NodePeer record = await run.Stage.RecordBusAsync();
        var payload = new FileUploaded(Guid.CreateVersion7().ToString(), "report.pdf", 1_024, "application/pdf", new string('a', 64), 1, "bench-1");
        string json = JsonSerializer.Serialize(DomainEvent.Create(payload, DateTimeOffset.UtcNow, "bench-1", null).Payload);
        for (int pass = 0; pass < 3; pass++)
        {
            Measure(count / 5);
            await record.RunAsync($"envelope?count={count / 5}", json);
        }

        await run.InTurnAsync(
            (Contenders.Gateway, () =>
            {
                Add(Contenders.Gateway, Measure(count));
                MeasureAllocations(count);
                return Task.CompletedTask;
            }),
            (Contenders.RecordBus, async () =>
            {
                JsonElement result = await record.RunAsync($"envelope?count={count}", json);
                Add(Contenders.RecordBus, (result.GetProperty("writing").GetDouble(), result.GetProperty("reading").GetDouble()));
            }));
        return [both, writing, reading, written, read];

        void Add(string contender, (double Writing, double Reading) seconds)
        {
            both.Add(contender, count / (seconds.Writing + seconds.Reading));
            writing.Add(contender, count / seconds.Writing);
            reading.Add(contender, count / seconds.Reading);
        }

        (double Writing, double Reading) Measure(int events)
        {
            byte[] body = [];
            long begin = Stopwatch.GetTimestamp();
            for (int number = 0; number < events; number++)
            {
                body = EventParser.Write(DomainEvent.Create(payload, DateTimeOffset.UtcNow, "bench-1", null));
            }

            double writingSeconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            begin = Stopwatch.GetTimestamp();
            for (int number = 0; number < events; number++)
            {
                if (!EventParser.TryRead(body, out _, out string problem))
                {
                    throw new BenchException(problem);
                }
            }

            return (writingSeconds, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        void MeasureAllocations(int events)
        {
            var made = DomainEvent.Create(payload, DateTimeOffset.UtcNow, "bench-1", null);
            byte[] body = EventParser.Write(made);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int number = 0; number < events; number++)
            {
                EventParser.Write(made);
            }

            double perWrite = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)events;
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int number = 0; number < events; number++)
            {
                EventParser.TryRead(body, out _, out _);
            }

            written.Add(Contenders.Gateway, perWrite - body.Length);
            read.Add(Contenders.Gateway, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)events / body.Length);
        }
    }
}
