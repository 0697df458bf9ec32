using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Http;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Admin;

/// <summary>Shows and runs the app's functions for the admin routes.</summary>
internal sealed class AdminFunctions(InvocationDispatcher dispatcher, ILoggerFactory loggers)
{
    private FunctionCatalog _functions = FunctionCatalog.Empty;
    private Dictionary<string, HttpTrigger> _http = [];
    private Dictionary<string, ITriggerListener> _listeners = [];

    public void Publish(FunctionCatalog functions, IReadOnlyList<HttpTrigger> http, IReadOnlyList<ITriggerListener> listeners)
    {
        _http = http.ToDictionary(trigger => trigger.Function.Name);
        _listeners = listeners.ToDictionary(listener => listener.Function.Name);
        _functions = functions;
    }

    public FunctionDefinition? Find(string name) => _functions.Find(name);

    public JsonArray List(Uri baseAddress) => [.. _functions.All.Select(function => Describe(function, baseAddress))];

    public JsonObject Describe(FunctionDefinition function, Uri baseAddress) =>
        new()
        {
            ["name"] = function.Name,
            ["href"] = $"{baseAddress}admin/functions/{function.Name}",
            ["config"] = new JsonObject
            {
                ["name"] = function.Name,
                ["scriptFile"] = function.Metadata.ScriptFile,
                ["entryPoint"] = function.Metadata.EntryPoint,
                ["language"] = function.Metadata.Language,
                ["bindings"] = new JsonArray([.. function.Bindings.Select(binding => JsonNode.Parse(binding.Json.GetRawText()))]),
            },
            ["isDisabled"] = function.IsDisabled,
            ["language"] = function.Metadata.Language,
            ["invoke_url_template"] = _http.TryGetValue(function.Name, out var trigger) ? $"{baseAddress}{trigger.Template}" : null,
        };

    /// <summary>Starts a function without waiting for it. The log shows its result.</summary>
    public void Invoke(FunctionDefinition function, string? input) => _ = InvokeAsync(function, input);

    private async Task InvokeAsync(FunctionDefinition function, string? input)
    {
        try
        {
            var invocation = _listeners.TryGetValue(function.Name, out var listener)
                ? listener.CreateManual(input)
                : CreateDefault(function, input);
            await dispatcher.TryInvokeAsync(invocation, CancellationToken.None);
        }
        catch (ManualInvocationException e)
        {
            loggers.CreateLogger(LogCategories.Function(function.Name)).FunctionInError(function.Name, e.Message);
        }
    }

    private Invocation CreateDefault(FunctionDefinition function, string? input) =>
        new(function, Invocation.CalledByHost)
        {
            CreateRequest = _ =>
            {
                var request = new InvocationRequest { TraceContext = TraceContexts.Create(null, null, sampleNew: false) };
                var data = _http.TryGetValue(function.Name, out var trigger)
                    ? Post(trigger, input)
                    : new TypedData { String = input ?? "" };
                request.InputData.Add(new ParameterBinding { Name = function.Trigger.Name, Data = data });
                return request;
            },
        };

    private static TypedData Post(HttpTrigger trigger, string? input)
    {
        var http = new RpcHttp { Method = "POST", Url = $"http://localhost/{trigger.Template}" };
        if (!string.IsNullOrEmpty(input))
            http.Body = new TypedData { Bytes = UnsafeByteOperations.UnsafeWrap(Encoding.UTF8.GetBytes(input)) };
        return new TypedData { Http = http };
    }
}
