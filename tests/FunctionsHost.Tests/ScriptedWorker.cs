using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.FunctionsHost.Tests;

/// <summary>A function app made of delegates. Its workers run in the test process and speak the worker's side of the protocol.</summary>
internal sealed class ScriptedWorker : IWorkerLauncher
{
    private static readonly JsonSerializerOptions s_withoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly ConcurrentDictionary<string, Func<ScriptedInvocation, Task<InvocationResponse>>> _handlers = new();
    private readonly ConcurrentQueue<ScriptedWorkerProcess> _started = new();

    /// <summary>The capabilities that the official worker names.</summary>
    public Dictionary<string, string> Capabilities { get; } =
        new()
        {
            ["RpcHttpBodyOnly"] = "True",
            ["RawHttpBodyBytes"] = "True",
            ["RpcHttpTriggerMetadataRemoved"] = "True",
            ["UseNullableValueDictionaryForHttp"] = "True",
            ["TypedDataCollection"] = "True",
            ["WorkerStatus"] = "True",
            ["HandlesWorkerTerminateMessage"] = "True",
            ["HandlesInvocationCancelMessage"] = "True",
        };

    public List<RpcFunctionMetadata> Functions { get; } = [];

    /// <summary>Makes the host read functions.metadata instead.</summary>
    public bool LeavesIndexingToHost { get; set; }

    /// <summary>How many workers end right after their start.</summary>
    public int FailingStarts { get; set; }

    /// <summary>Ignores the end of its stream and the request to terminate.</summary>
    public bool IsStubborn { get; set; }

    /// <summary>The functions that do not load.</summary>
    public HashSet<string> Unloadable { get; } = [];

    /// <summary>Every worker that was started, the latest last.</summary>
    public IReadOnlyList<ScriptedWorkerProcess> Started => [.. _started];

    public ScriptedWorkerProcess Current => Started[^1];

    /// <summary>All messages that any worker received.</summary>
    public IEnumerable<StreamingMessage> Received => Started.SelectMany(worker => worker.Received);

    public IWorkerProcess Start(WorkerArguments arguments)
    {
        var process = new ScriptedWorkerProcess(this, arguments, failsAtStart: _started.Count < FailingStarts);
        _started.Enqueue(process);
        process.Run();
        return process;
    }

    public ScriptedWorker Http(
        string name,
        Func<ScriptedInvocation, Task<InvocationResponse>> handler,
        string? route = null,
        string[]? methods = null,
        string authLevel = "Anonymous"
    ) =>
        Add(
            name,
            handler,
            Binding(
                new
                {
                    name = "req",
                    direction = "In",
                    type = "httpTrigger",
                    authLevel,
                    methods,
                    route,
                    properties = new { },
                }
            ),
            Binding(
                new
                {
                    name = "$return",
                    type = "http",
                    direction = "Out",
                }
            )
        );

    public ScriptedWorker Http(
        string name,
        Func<ScriptedInvocation, InvocationResponse> handler,
        string? route = null,
        string[]? methods = null,
        string authLevel = "Anonymous"
    ) => Http(name, invocation => Task.FromResult(handler(invocation)), route, methods, authLevel);

    public ScriptedWorker Redis(
        string name,
        string channel,
        Func<ScriptedInvocation, Task<InvocationResponse>> handler,
        bool pattern = false,
        string? dataType = "String",
        string connection = "RedisConnection"
    ) =>
        Add(
            name,
            handler,
            Binding(
                new
                {
                    name = "message",
                    direction = "In",
                    type = "redisPubSubTrigger",
                    dataType,
                    connection,
                    channel,
                    pattern,
                    properties = new { },
                }
            )
        );

    public ScriptedWorker Timer(
        string name,
        string schedule,
        Func<ScriptedInvocation, Task<InvocationResponse>> handler,
        bool runOnStartup = false,
        bool useMonitor = true
    ) =>
        Add(
            name,
            handler,
            Binding(
                new
                {
                    name = "timer",
                    direction = "In",
                    type = "timerTrigger",
                    schedule,
                    runOnStartup,
                    useMonitor,
                    properties = new { },
                }
            )
        );

    public ScriptedWorker Add(string name, Func<ScriptedInvocation, Task<InvocationResponse>> handler, params string[] bindings)
    {
        var function = new RpcFunctionMetadata
        {
            Name = name,
            FunctionId = $"id-of-{name}",
            Language = "dotnet-isolated",
            ScriptFile = "Scripted.dll",
            EntryPoint = $"Scripted.{name}",
        };
        function.RawBindings.AddRange(bindings);
        Functions.Add(function);
        _handlers[name] = handler;
        return this;
    }

    internal async Task<InvocationResponse> HandleAsync(ScriptedInvocation invocation)
    {
        var name = Functions.Find(function => function.FunctionId == invocation.Request.FunctionId)?.Name ?? invocation.LoadedName;
        var response = await _handlers[name](invocation);
        response.InvocationId = invocation.Request.InvocationId;
        response.Result ??= new StatusResult { Status = StatusResult.Types.Status.Success };
        return response;
    }

    private static string Binding<T>(T binding) => JsonSerializer.Serialize(binding, s_withoutNulls);

    /// <summary>A successful invocation without a result.</summary>
    public static InvocationResponse Done() => new();

    /// <summary>An HTTP response with this body.</summary>
    public static InvocationResponse Ok(ByteString? body = null) => Respond("200", body ?? ByteString.Empty);

    public static InvocationResponse Respond(string status, ByteString? body = null)
    {
        var http = new RpcHttp { StatusCode = status };
        if (body is not null)
            http.Body = new TypedData { Bytes = body };
        return Returning(new TypedData { Http = http });
    }

    public static InvocationResponse Returning(TypedData value) => new() { ReturnValue = value };

    public static InvocationResponse Failure(string message) =>
        new()
        {
            Result = new StatusResult
            {
                Status = StatusResult.Types.Status.Failure,
                Exception = new RpcException { Message = message, StackTrace = "   at Scripted.Function()" },
            },
        };
}
