namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>What the host sent does not fit a function's parameters.</summary>
internal sealed class FunctionInputConverterException(string functionName, IReadOnlyCollection<string> errors)
    : Exception(
        $"Error converting {errors.Count} input parameters for Function '{functionName}': {string.Join(Environment.NewLine, errors)}");
