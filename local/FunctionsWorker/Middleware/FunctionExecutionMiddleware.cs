using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Microsoft.Azure.Functions.Worker.Invocation;

/// <summary>Binds the parameters and runs the function: the end of the pipeline.</summary>
internal sealed class FunctionExecutionMiddleware(IFunctionActivator activator) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        var function = (LoadedFunction)context.FunctionDefinition;
        var arguments = await InputConversion.BindParametersAsync(context);
        var instance = function.InstanceType is { } type ? activator.CreateInstance(type, context) : null;
        InvocationBindings.Of(context).Result = await function.Invoke(instance, arguments);
    }
}
