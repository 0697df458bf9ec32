using System.Collections.Immutable;
using McpFunctions.Functions.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpFunctions.Functions.Tests.Timers;

/// <summary>An invocation of a timer.</summary>
internal sealed class TimerContext(CancellationToken stopping) : FunctionContext
{
    public override string InvocationId => "1";

    public override string FunctionId => "1";

    public override TraceContext TraceContext => throw new NotSupportedException();

    public override BindingContext BindingContext => throw new NotSupportedException();

    public override RetryContext RetryContext => throw new NotSupportedException();

    public override IServiceProvider InstanceServices { get; set; } = null!;

    public override FunctionDefinition FunctionDefinition { get; } = new Timer();

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IInvocationFeatures Features => throw new NotSupportedException();

    public override CancellationToken CancellationToken => stopping;

    /// <summary>Runs a timer as the worker does.</summary>
    public static Task RunAsync(Func<Task> timer) =>
        new TickMiddleware(NullLogger<TickMiddleware>.Instance).Invoke(new TimerContext(CancellationToken.None), _ => timer());

    private sealed class Timer : FunctionDefinition
    {
        public override ImmutableArray<FunctionParameter> Parameters => [];

        public override string PathToAssembly => throw new NotSupportedException();

        public override string EntryPoint => throw new NotSupportedException();

        public override string Id => "1";

        public override string Name => "RelayEvents";

        public override IImmutableDictionary<string, BindingMetadata> InputBindings => throw new NotSupportedException();

        public override IImmutableDictionary<string, BindingMetadata> OutputBindings => throw new NotSupportedException();
    }
}
