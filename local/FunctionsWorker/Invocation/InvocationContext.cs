using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker.Invocation;

/// <summary>One invocation, with a scope of services of its own.</summary>
internal sealed class InvocationContext(
    string invocationId,
    FunctionDefinition function,
    TraceContext traceContext,
    RetryContext retryContext,
    IServiceScopeFactory scopes,
    CancellationToken cancellationToken) : FunctionContext, IAsyncDisposable
{
    private AsyncServiceScope? _scope;
    private IServiceProvider? _services;
    private BindingContext? _bindingContext;

    public override string InvocationId => invocationId;

    public override string FunctionId => function.Id;

    public override FunctionDefinition FunctionDefinition => function;

    public override TraceContext TraceContext => traceContext;

    public override RetryContext RetryContext => retryContext;

    public override BindingContext BindingContext => _bindingContext ??= new TriggerBindingContext(InvocationBindings.Of(this));

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IInvocationFeatures Features { get; } = new InvocationFeatures();

    public override CancellationToken CancellationToken => cancellationToken;

    public override IServiceProvider InstanceServices
    {
        get => _services ??= (_scope ??= scopes.CreateAsyncScope()).ServiceProvider;
        set => _services = value;
    }

    public ValueTask DisposeAsync() => _scope?.DisposeAsync() ?? ValueTask.CompletedTask;
}
