using Azure.Core.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Options of the worker.</summary>
public class WorkerOptions
{
    private const string UserExceptions = "EnableUserCodeException";

    /// <summary>The JSON serializer; one that ignores the case of property names when it is not set.</summary>
    public ObjectSerializer? Serializer { get; set; }

    /// <summary>The converters of parameters, in the order in which they are tried.</summary>
    public InputConverterCollection InputConverters { get; } = [];

    /// <summary>The optional capabilities that the worker tells the host.</summary>
    public IDictionary<string, string> Capabilities { get; } = new Dictionary<string, string>
    {
        ["HandlesWorkerTerminateMessage"] = bool.TrueString,
        ["HandlesInvocationCancelMessage"] = bool.TrueString,
        [nameof(IncludeEmptyEntriesInMessagePayload)] = bool.TrueString,
        [UserExceptions] = bool.TrueString,
    };

    /// <summary>Whether the host is told the type of an exception that the function throws. True unless it is set.</summary>
    [Obsolete("This is now the default behaviour. This property may be unavailable in future releases.")]
    public bool EnableUserCodeException
    {
        get => TellsUserExceptions;
        set => SetCapability(UserExceptions, value);
    }

    /// <summary>Whether a batch of messages keeps its empty ones. True unless it is set.</summary>
    public bool IncludeEmptyEntriesInMessagePayload
    {
        get => HasCapability(nameof(IncludeEmptyEntriesInMessagePayload));
        set => SetCapability(nameof(IncludeEmptyEntriesInMessagePayload), value);
    }

    internal bool TellsUserExceptions => HasCapability(UserExceptions);

    internal static ObjectSerializer SerializerOf(FunctionContext context) =>
        context.InstanceServices.GetService<IOptions<WorkerOptions>>()?.Value.Serializer
        ?? throw new InvalidOperationException("A serializer is not configured for the worker.");

    private bool HasCapability(string name) =>
        Capabilities.TryGetValue(name, out var value) && bool.TryParse(value, out var enabled) && enabled;

    // The host takes a capability for enabled when its name is there, whatever the value.
    private void SetCapability(string name, bool value)
    {
        if (value)
            Capabilities[name] = bool.TrueString;
        else
            Capabilities.Remove(name);
    }
}
