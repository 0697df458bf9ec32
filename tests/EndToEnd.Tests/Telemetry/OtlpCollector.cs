using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using McpFunctions.EndToEnd.Tests.Telemetry.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpFunctions.EndToEnd.Tests.Telemetry;

/// <summary>A collector of OpenTelemetry, over gRPC or over HTTP with protobuf.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly ConcurrentQueue<ExportedSpan> _spans = new();
    private readonly ConcurrentQueue<Metric> _metrics = new();
    private readonly ConcurrentQueue<LogRecord> _logs = new();
    private readonly ConcurrentQueue<string> _texts = new();
    private readonly ConcurrentQueue<string> _headers = new();
    private WebApplication _server = null!;

    private OtlpCollector()
    {
    }

    /// <summary>The address for the exporters.</summary>
    public string Address => _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The spans so far.</summary>
    public IReadOnlyList<ExportedSpan> Spans => [.. _spans];

    /// <summary>The metrics so far, each export of an instrument by itself.</summary>
    public IReadOnlyList<Metric> Metrics => [.. _metrics];

    /// <summary>The log lines so far.</summary>
    public IReadOnlyList<LogRecord> Logs => [.. _logs];

    /// <summary>Everything that came, as text.</summary>
    public IReadOnlyList<string> Texts => [.. _texts];

    /// <summary>The values of the header <c>x-collector-key</c> that came.</summary>
    public IReadOnlyList<string> Keys => [.. _headers];

    /// <summary>Starts a collector on a free port.</summary>
    public static async Task<OtlpCollector> StartAsync(bool isGrpc)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Kestrel would break off a body that stalls for 5 s.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listener => listener.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1);
        });
        var collector = new OtlpCollector();
        builder.Services.AddSingleton(collector).AddGrpc();
        var server = collector._server = builder.Build();
        if (isGrpc)
        {
            server.MapGrpcService<TraceReceiver>();
            server.MapGrpcService<MetricsReceiver>();
            server.MapGrpcService<LogsReceiver>();
        }
        else
        {
            server.MapPost("/v1/traces", context => ReceiveAsync(context, ExportTraceRequest.Parser, collector.Take, new ExportTraceResponse()));
            server.MapPost("/v1/metrics", context => ReceiveAsync(context, ExportMetricsRequest.Parser, collector.Take, new ExportMetricsResponse()));
            server.MapPost("/v1/logs", context => ReceiveAsync(context, ExportLogsRequest.Parser, collector.Take, new ExportLogsResponse()));
        }
        await server.StartAsync();
        return collector;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task ReceiveAsync<T>(HttpContext context, MessageParser<T> parser, Action<T, string?> take, IMessage response)
        where T : IMessage<T>
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        take(parser.ParseFrom(body.ToArray()), context.Request.Headers["x-collector-key"]);
        context.Response.ContentType = "application/x-protobuf";
        await context.Response.Body.WriteAsync(response.ToByteArray());
    }

    private void Take(ExportTraceRequest request, string? key)
    {
        Note(request, key);
        foreach (var resource in request.ResourceSpans)
        {
            foreach (var scope in resource.ScopeSpans)
            {
                foreach (var span in scope.Spans)
                {
                    _spans.Enqueue(new ExportedSpan(span, scope.Scope.Name, resource.Resource));
                }
            }
        }
    }

    private void Take(ExportMetricsRequest request, string? key)
    {
        Note(request, key);
        foreach (var metric in request.ResourceMetrics.SelectMany(resource => resource.ScopeMetrics).SelectMany(scope => scope.Metrics))
        {
            _metrics.Enqueue(metric);
        }
    }

    private void Take(ExportLogsRequest request, string? key)
    {
        Note(request, key);
        foreach (var record in request.ResourceLogs.SelectMany(resource => resource.ScopeLogs).SelectMany(scope => scope.LogRecords))
        {
            _logs.Enqueue(record);
        }
    }

    private void Note(IMessage request, string? key)
    {
        _texts.Enqueue($"{request}");
        if (key is not null)
        {
            _headers.Enqueue(key);
        }
    }

    private static string? KeyOf(ServerCallContext context) => context.RequestHeaders.GetValue("x-collector-key");

    private sealed class TraceReceiver(OtlpCollector collector) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceResponse> Export(ExportTraceRequest request, ServerCallContext context)
        {
            collector.Take(request, KeyOf(context));
            return Task.FromResult(new ExportTraceResponse());
        }
    }

    private sealed class MetricsReceiver(OtlpCollector collector) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsResponse> Export(ExportMetricsRequest request, ServerCallContext context)
        {
            collector.Take(request, KeyOf(context));
            return Task.FromResult(new ExportMetricsResponse());
        }
    }

    private sealed class LogsReceiver(OtlpCollector collector) : LogsService.LogsServiceBase
    {
        public override Task<ExportLogsResponse> Export(ExportLogsRequest request, ServerCallContext context)
        {
            collector.Take(request, KeyOf(context));
            return Task.FromResult(new ExportLogsResponse());
        }
    }
}
