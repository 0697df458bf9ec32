using System.Collections.Immutable;
using McpFunctions.Functions.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpFunctions.Functions.Tests.Timers;

public sealed class TickMiddlewareTests
{
    private readonly TickMiddleware middleware = new(NullLogger<TickMiddleware>.Instance);

    [Fact]
    public async Task A_run_that_the_stop_of_the_app_ends_does_not_fail()
    {
        using var stopping = new CancellationTokenSource();
        var run = middleware.Invoke(new TimerContext(stopping.Token), context => Task.Delay(Timeout.Infinite, context.CancellationToken));

        await stopping.CancelAsync();

        await run;
    }

    [Fact]
    public async Task A_run_that_ends_for_another_reason_fails() =>
        await Assert.ThrowsAsync<TaskCanceledException>(() => middleware.Invoke(new TimerContext(CancellationToken.None), _ => throw new TaskCanceledException()));

    private sealed class TimerContext(CancellationToken stopping) : FunctionContext
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
    }

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
