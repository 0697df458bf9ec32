using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>What goes into an invocation and what comes out of it; middleware may replace either.</summary>
internal sealed class InvocationBindings(
    FunctionContext context,
    IReadOnlyDictionary<string, object?> inputData,
    IReadOnlyDictionary<string, object?> triggerMetadata,
    InputConversion conversion)
{
    private readonly Dictionary<string, ConversionResult> _converted = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyDictionary<string, object?> InputData => inputData;

    public IReadOnlyDictionary<string, object?> TriggerMetadata => triggerMetadata;

    public Dictionary<string, object?> OutputData { get; } = [];

    public object? Result { get; set; }

    public static InvocationBindings Of(FunctionContext context) =>
        context.Features.Get<InvocationBindings>()
        ?? throw new InvalidOperationException("The invocation has no bindings: its context was not made by the worker.");

    /// <summary>Converts a parameter's value once; later calls give the same value, or what it was replaced by.</summary>
    public async ValueTask<ConversionResult> ConvertAsync(FunctionParameter parameter)
    {
        if (_converted.TryGetValue(parameter.Name, out var known))
            return known;

        var result = await conversion.ConvertAsync(parameter, SourceOf(parameter), context);
        _converted[parameter.Name] = result;
        return result;
    }

    public void Replace(string parameterName, ConversionResult result) => _converted[parameterName] = result;

    /// <summary>The host's value for a parameter: its binding's data, or the trigger's metadata of that name.</summary>
    public object? SourceOf(FunctionParameter parameter) =>
        inputData.TryGetValue(parameter.Name, out var source) ? source : triggerMetadata.GetValueOrDefault(parameter.Name);
}
