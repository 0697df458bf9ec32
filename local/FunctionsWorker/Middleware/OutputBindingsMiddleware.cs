using Microsoft.Azure.Functions.Worker.Middleware;

namespace Microsoft.Azure.Functions.Worker.Invocation;

/// <summary>Takes the outputs from the properties of the returned object, where the function's return type declares any.</summary>
internal sealed class OutputBindingsMiddleware : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        await next(context);

        var bindings = InvocationBindings.Of(context);
        if (bindings.Result is not { } result || context.FunctionDefinition is not LoadedFunction { Outputs: { } outputs })
            return;

        foreach (var output in outputs)
        {
            if (output.Read(result) is { } value)
                bindings.OutputData[output.Name] = value;
        }

        bindings.Result = null;
    }
}
