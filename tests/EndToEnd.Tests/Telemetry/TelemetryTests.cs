using System.Text.Json;
using McpFunctions.EndToEnd.Tests.Telemetry.Protocol;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Telemetry;

/// <summary>What a collector gets of a gateway whose telemetry is on.</summary>
public sealed class TelemetryTests
{
    private const string FileName = "traced.txt";
    private const string CollectorKey = "key-of-the-collector";
    private const string Upload = "events:file.uploaded";

    private static readonly string[] s_consumers = ["audit", "notifications", "orchestrator"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_is_one_trace_from_the_request_to_its_three_effects(bool isGrpc)
    {
        await using var collector = await OtlpCollector.StartAsync(isGrpc);
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = isGrpc ? "telemetry-grpc" : "telemetry-http",
            Settings = new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = isGrpc ? "grpc" : "http/protobuf",
                ["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-collector-key={CollectorKey}",
                ["OTEL_SERVICE_NAME"] = "traced-gateway",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
            },
        });
        var user = gateway.NewUser();

        var trace = await UploadAsync(user, collector);
        AssertRequest(trace);
        AssertBatches(trace, collector);
        AssertEffects(trace);
        // Nothing else in the trace hangs in the air: only the host's own span, which the host exports, is not here.
        Assert.All(
            trace.Spans.Where(span => span.Source != "Microsoft.Azure.Functions.Worker" && span.ParentId != trace.EventParent),
            span => Assert.Contains(trace.Spans, parent => parent.Id == span.ParentId));
        Assert.All(trace.Spans, span => Assert.Equal("traced-gateway", ExportedSpan.AttributeOf(span.Resource.Attributes, "service.name")));

        if (isGrpc)
        {
            await AssertRecoveredAsync(gateway, user, collector);
        }

        await AssertMetricsAsync(user, collector, isGrpc);
        await AssertLogsAsync(gateway, collector);
        Assert.All(collector.Keys, key => Assert.Equal(CollectorKey, key));
        Assert.NotEmpty(collector.Keys);
        gateway.AssertNoSecretIn(collector.Texts);
        Assert.DoesNotContain(collector.Texts, text => text.Contains(FileName, StringComparison.Ordinal));
    }

    private static async Task<Trace> UploadAsync(GatewayUser user, OtlpCollector collector)
    {
        var id = $"{Guid.NewGuid():N}";
        var correlation = $"upload-{id}";
        using var response = await user.PostRawAsync(
            FileName, System.Text.Encoding.UTF8.GetBytes(GatewayApplication.ContentMark), null,
            ("traceparent", $"00-{id}-00f067aa0ba902b7-01"), ("X-Correlation-Id", correlation));
        var file = (await response.JsonAsync(System.Net.HttpStatusCode.Created)).Text("id");
        var line = Assert.Single(await user.AuditOfAsync(file, 1));
        await user.NotificationsOfAsync(file, 1);
        await user.FileInContextAsync(file, _ => true);
        string[] ends = ["insert Audit", "EVALSHA inbox.lua", "EVALSHA context.lua"];
        await Eventually.UntilAsync(() => ends.All(end => collector.Spans.Any(span => span.TraceId == id && span.Name == end))
            && collector.Spans.Count(span => span.TraceId == id && span.Name == $"process {Upload}") >= s_consumers.Length
            && collector.Spans.Any(span => span.TraceId == id && span.Span.Kind == Span.Types.SpanKind.Server
                && collector.Spans.Any(parent => parent.Id == span.ParentId)));
        return new Trace(id, correlation, line.GetProperty("event"), [.. collector.Spans.Where(span => span.TraceId == id)]);
    }

    private static void AssertRequest(Trace trace)
    {
        var request = Assert.Single(trace.Spans, span => span.Span.Kind == Span.Types.SpanKind.Server);
        Assert.Equal("POST api/files", request.Name);
        Assert.Equal(["POST", "api/files", "201", trace.Correlation], [request["http.request.method"], request["http.route"], request["http.response.status_code"], request["correlation.id"]]);
        var invocation = Assert.Single(trace.Spans, span => span.Id == request.ParentId);
        Assert.Equal("Microsoft.Azure.Functions.Worker", invocation.Source);
        // The host's span, in the caller's trace.
        Assert.NotEmpty(invocation.ParentId);
        Assert.Equal(request.Id, trace.EventParent);

        var publish = Assert.Single(trace.Spans, span => span.Name == $"publish {Upload}");
        Assert.Equal(Span.Types.SpanKind.Producer, publish.Span.Kind);
        Assert.Equal(request.Id, publish.ParentId);
        AssertMessaging(trace, publish, "publish", "send");
        AssertCall(trace, "EVALSHA publish.lua", publish.Id, "redis");
        AssertCall(trace, "insert Pending", request.Id, "azure.table");
        AssertCall(trace, "transaction Gateway", request.Id, "azure.table");
        AssertCall(trace, "put files", request.Id, "azure.blob");
    }

    private static void AssertEffects(Trace trace)
    {
        ExportedSpan[] processes = [.. trace.Spans.Where(span => span.Name == $"process {Upload}")];
        // On a busy machine, a consumer may need a second attempt.
        Assert.Equal(s_consumers, processes.Select(span => span["messaging.consumer.group.name"]).Distinct().Order(StringComparer.Ordinal));
        Assert.All(processes, span =>
        {
            Assert.Equal(Span.Types.SpanKind.Consumer, span.Span.Kind);
            Assert.Equal(trace.EventParent, span.ParentId);
            AssertMessaging(trace, span, "process", "process");
        });
        AssertCall(trace, "insert Audit", IdOf("audit"), "azure.table");
        AssertCall(trace, "EVALSHA inbox.lua", IdOf("notifications"), "redis");
        AssertCall(trace, "EVALSHA context.lua", IdOf("orchestrator"), "redis");

        string IdOf(string consumer) => processes.Last(span => span["messaging.consumer.group.name"] == consumer).Id;
    }

    // Each consumer read the event in a batch of its own, in the trace of the invocation that the message rang.
    private static void AssertBatches(Trace trace, OtlpCollector collector)
    {
        foreach (var process in trace.Spans.Where(span => span.Name == $"process {Upload}"))
        {
            var link = Assert.Single(process.Span.Links);
            var receive = Assert.Single(collector.Spans, span => span.Id == ExportedSpan.HexOf(link.SpanId));
            Assert.Equal($"receive {Upload}", receive.Name);
            Assert.Equal(Span.Types.SpanKind.Client, receive.Span.Kind);
            Assert.Equal(process["messaging.consumer.group.name"], receive["messaging.consumer.group.name"]);
            Assert.Equal("receive", receive["messaging.operation.type"]);
            Assert.Equal($"{receive.Span.Links.Count}", receive["messaging.batch.message_count"]);
            Assert.Contains(trace.Id, receive.LinkedTraces);
            Assert.NotEqual(trace.Id, receive.TraceId);
            Assert.Contains(collector.Spans, span => span.Name == "EVALSHA receive.lua" && span.ParentId == receive.Id);
        }
    }

    // Redis takes the event into the journal and rings nobody: the timers find it.
    private static async Task AssertRecoveredAsync(GatewayApplication gateway, GatewayUser user, OtlpCollector collector)
    {
        Trace trace;
        await gateway.RedisDatabase.ExecuteAsync("ACL", "SETUSER", "default", "-publish");
        try
        {
            trace = await UploadAsync(user, collector);
        }
        finally
        {
            await gateway.RedisDatabase.ExecuteAsync("ACL", "SETUSER", "default", "+publish");
        }

        var first = trace.Spans.Min(span => span.Span.StartTimeUnixNano);
        AssertRequest(trace);
        AssertEffects(trace);
        AssertBatches(trace, collector);
        foreach (var consumer in new[] { "Audit", "Notifications", "Orchestrator" })
        {
            await Eventually.UntilAsync(() => collector.Spans.Any(span => span.Name == $"timer Recover{consumer}" && span.LinkedTraces.Contains(trace.Id)));
        }
        // A run with nothing to do leaves no span. The first ones make the consumer groups.
        Assert.All(
            collector.Spans.Where(span => span.Name.StartsWith("timer Recover", StringComparison.Ordinal) && span.Span.StartTimeUnixNano > first),
            span => Assert.NotEmpty(span.Span.Links));
    }

    private static async Task AssertMetricsAsync(GatewayUser user, OtlpCollector collector, bool isRecovered)
    {
        (string Name, string Unit)[] expected =
        [
            ("messaging.client.sent.messages", "{message}"),
            ("messaging.process.duration", "s"),
            ("mcpfunctions.events.delivered", "{event}"),
            ("mcpfunctions.events.latency", "s"),
            ("mcpfunctions.consumer.lag", "{event}"),
            ("mcpfunctions.consumer.lag.time", "s"),
            ("mcpfunctions.journal.entries", "{event}"),
            ("mcpfunctions.outbox.entries", "{entry}"),
            ("db.client.operation.duration", "s"),
            ("http.server.request.duration", "s"),
            .. isRecovered ? [("mcpfunctions.events.recovered", "{event}")] : Array.Empty<(string, string)>(),
        ];
        await Eventually.GetAsync(
            async () =>
            {
                // Recovery, and no doorbell, brings what comes before the consumer groups are there.
                await user.UploadAsync("again.txt");
                return string.Join(", ", expected.Except(collector.Metrics.Select(each => (each.Name, each.Unit))));
            },
            missing => missing.Length == 0);

        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "telemetry.md"));
        string[] own = [.. collector.Metrics.Select(metric => metric.Name).Where(name => !name.StartsWith("dotnet.", StringComparison.Ordinal) && !name.StartsWith("http.server.", StringComparison.Ordinal)).Distinct()];
        Assert.All(own, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
        var latency = collector.Metrics.Last(metric => metric.Name == "mcpfunctions.events.latency").Histogram.DataPoints;
        Assert.Equal(s_consumers, latency.Select(point => ExportedSpan.AttributeOf(point.Attributes, "messaging.consumer.group.name")).Distinct().Order(StringComparer.Ordinal));
        var calls = collector.Metrics.Last(metric => metric.Name == "db.client.operation.duration").Histogram.DataPoints;
        Assert.Superset(
            new HashSet<string?>(["redis", "azure.table", "azure.blob"]),
            calls.Select(point => ExportedSpan.AttributeOf(point.Attributes, "db.system.name")).ToHashSet());
    }

    private static async Task AssertLogsAsync(GatewayApplication gateway, OtlpCollector collector)
    {
        // Nobody notifies this user, so only its time ends the wait: again where the machine is so busy that it does.
        var waiter = gateway.NewUser("user");
        // The first read of an inbox rebuilds it and logs that.
        await waiter.NotificationsAsync();
        var trace = await Eventually.GetAsync(
            async () =>
            {
                var trace = $"{Guid.NewGuid():N}";
                using var leaving = new CancellationTokenSource();
                using var request = new HttpRequestMessage(HttpMethod.Get, "notifications?after=0&wait=20");
                request.Headers.Authorization = new("Bearer", waiter.Token);
                request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
                request.Headers.Add("X-Correlation-Id", "the-one-that-leaves");
                var waiting = gateway.Http.SendAsync(request, leaving.Token);
                await Eventually.UntilAsync(() => collector.Spans.Any(span => span.TraceId == trace));
                await leaving.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
                return trace;
            },
            _ => true);
        await Eventually.UntilAsync(() => collector.Logs.Any(record => ExportedSpan.HexOf(record.TraceId) == trace));
        var cancelled = collector.Logs.First(record => ExportedSpan.HexOf(record.TraceId) == trace);
        Assert.StartsWith("The request was cancelled", Body(cancelled), StringComparison.Ordinal);
        Assert.Equal("the-one-that-leaves", ExportedSpan.AttributeOf(cancelled.Attributes, "correlation.id"));

        // A message that is no event makes the handler log what it may: the channel, and nothing of the message.
        await gateway.RedisSubscriber.PublishAsync(StackExchange.Redis.RedisChannel.Literal(Upload), $$"""{"{{GatewayApplication.ContentMark}}":1}""");
        await Eventually.UntilAsync(() => collector.Logs.Any(record => Body(record).Contains("It is now a dead letter", StringComparison.Ordinal)));
        var malformed = collector.Logs.First(record => Body(record).Contains("It is now a dead letter", StringComparison.Ordinal));
        Assert.Equal(13, malformed.SeverityNumber);
        Assert.Equal(Upload, ExportedSpan.AttributeOf(malformed.Attributes, "Channel"));

        static string Body(LogRecord record) => record.Body?.StringValue ?? "";
    }

    private static void AssertMessaging(Trace trace, ExportedSpan span, string operation, string operationType)
    {
        Assert.Equal("redis", span["messaging.system"]);
        Assert.Equal(operation, span["messaging.operation.name"]);
        Assert.Equal(operationType, span["messaging.operation.type"]);
        Assert.Equal(Upload, span["messaging.destination.name"]);
        Assert.Equal(trace.Event.Text("id"), span["messaging.message.id"]);
        Assert.Equal(trace.Correlation, span["messaging.message.conversation_id"]);
    }

    private static void AssertCall(Trace trace, string name, string parent, string system)
    {
        var call = Assert.Single(trace.Spans, span => span.Name == name && span.ParentId == parent);
        Assert.Equal(Span.Types.SpanKind.Client, call.Span.Kind);
        Assert.Equal(system, call["db.system.name"]);
        Assert.NotEmpty(call["server.address"]!);
    }

    /// <summary>The trace of an upload.</summary>
    /// <param name="Id">The trace.</param>
    /// <param name="Correlation">The correlation id of the request.</param>
    /// <param name="Event">The event.</param>
    /// <param name="Spans">Its spans.</param>
    private sealed record Trace(string Id, string Correlation, JsonElement Event, IReadOnlyList<ExportedSpan> Spans)
    {
        /// <summary>The span that the event names.</summary>
        public string EventParent => Event.Text("metadata", "traceparent").Split('-')[2];
    }
}
