using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker.Hosting;

/// <summary>Collects the steps of the invocation pipeline.</summary>
internal sealed class WorkerApplicationBuilder(IServiceCollection services) : IFunctionsWorkerApplicationBuilder
{
    private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> _steps = [];

    public IServiceCollection Services => services;

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        _steps.Add(middleware);
        return this;
    }

    public FunctionExecutionDelegate BuildPipeline()
    {
        FunctionExecutionDelegate pipeline = _ => Task.CompletedTask;
        for (var i = _steps.Count - 1; i >= 0; i--)
            pipeline = _steps[i](pipeline);
        return pipeline;
    }
}
