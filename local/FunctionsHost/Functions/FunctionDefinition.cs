using System.Text.Json;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>One function of the app, from the worker's description.</summary>
internal sealed class FunctionDefinition
{
    private FunctionDefinition(RpcFunctionMetadata metadata, IReadOnlyList<FunctionBinding> bindings, FunctionBinding trigger)
    {
        Metadata = metadata;
        Bindings = bindings;
        Trigger = trigger;
        HttpOutput = bindings.FirstOrDefault(binding => binding.IsType("http") && binding.IsOutput)?.Name;
    }

    public RpcFunctionMetadata Metadata { get; }

    public string Id => Metadata.FunctionId;

    public string Name => Metadata.Name;

    /// <summary>The name in logs and in storage.</summary>
    public string LogName => $"Functions.{Name}";

    public IReadOnlyList<FunctionBinding> Bindings { get; }

    public FunctionBinding Trigger { get; }

    public bool IsHttp => Trigger.IsType("httpTrigger");

    /// <summary>The output binding with the HTTP response: <c>$return</c>, or a property of the function's result.</summary>
    public string? HttpOutput { get; }

    public bool IsDisabled { get; init; }

    /// <exception cref="JsonException">A binding is not valid, or there is not exactly one trigger.</exception>
    public static FunctionDefinition Read(RpcFunctionMetadata metadata, bool isDisabled)
    {
        var bindings = metadata.RawBindings.Select(json => new FunctionBinding(json)).ToList();
        return bindings.Where(binding => binding.IsTrigger).ToList() is [var trigger]
            ? new FunctionDefinition(metadata, bindings, trigger) { IsDisabled = isDisabled }
            : throw new JsonException("A function must have exactly one trigger binding.");
    }
}
