namespace Microsoft.Azure.Functions.Worker;

/// <summary>The inputs and outputs of an invocation, for middleware.</summary>
public static class FunctionContextBindingFeatureExtensions
{
    /// <summary>Converts an input as it will be given to the function, and lets it be replaced.</summary>
    /// <typeparam name="T">The parameter's type.</typeparam>
    /// <param name="context">The invocation, before the function runs.</param>
    /// <param name="bindingMetadata">The input, from <see cref="FunctionDefinition.InputBindings"/>.</param>
    /// <returns>The input.</returns>
    /// <exception cref="InvalidOperationException">The function has no such parameter.</exception>
    public static async ValueTask<InputBindingData<T>> BindInputAsync<T>(this FunctionContext context, BindingMetadata bindingMetadata)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(bindingMetadata);

        var parameter = context.FunctionDefinition.Parameters.FirstOrDefault(candidate => candidate.Name == bindingMetadata.Name)
            ?? throw new InvalidOperationException(
                $"Function '{context.FunctionDefinition.Name}' has no parameter '{bindingMetadata.Name}' to bind the input to.");
        var bindings = InvocationBindings.Of(context);
        var conversion = await bindings.ConvertAsync(parameter);
        var value = conversion is { Status: Converters.ConversionStatus.Succeeded, Value: T converted } ? converted : default;
        return new ReplaceableInput<T>(bindings, bindingMetadata, value);
    }

    /// <summary>Gets the function's return value, and lets it be replaced.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="context">The invocation, after the function ran.</param>
    /// <returns>The result.</returns>
    /// <exception cref="InvalidOperationException">The value is not a <typeparamref name="T"/>.</exception>
    public static InvocationResult<T> GetInvocationResult<T>(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var bindings = InvocationBindings.Of(context);
        return bindings.Result is null or T
            ? new ReplaceableResult<T>(bindings)
            : throw new InvalidOperationException(
                $"Requested type '{typeof(T)}' does not match the type of the invocation result, '{bindings.Result.GetType()}'. "
                + "Use the overload without a type.");
    }

    /// <summary>Gets the function's return value, and lets it be replaced.</summary>
    /// <param name="context">The invocation, after the function ran.</param>
    /// <returns>The result.</returns>
    public static InvocationResult GetInvocationResult(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ReplaceableResult(InvocationBindings.Of(context));
    }

    /// <summary>Gets the outputs that the function returned as properties of one object.</summary>
    /// <typeparam name="T">The type of the outputs to get.</typeparam>
    /// <param name="context">The invocation, after the function ran.</param>
    /// <returns>The outputs of that type.</returns>
    public static IEnumerable<OutputBindingData<T>> GetOutputBindings<T>(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var bindings = InvocationBindings.Of(context);
        return
        [
            .. from output in bindings.OutputData
               where output.Value is T
               let type = context.FunctionDefinition.OutputBindings.GetValueOrDefault(output.Key)?.Type ?? ""
               select new ReplaceableOutput<T>(bindings, output.Key, type),
        ];
    }
}
