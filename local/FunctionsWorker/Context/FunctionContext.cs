namespace Microsoft.Azure.Functions.Worker;

/// <summary>Everything about one invocation of a function.</summary>
public abstract class FunctionContext
{
    /// <summary>Initializes the context.</summary>
    protected FunctionContext()
    {
    }

    /// <summary>The invocation's id, given by the host.</summary>
    public abstract string InvocationId { get; }

    /// <summary>The function's id, the same from start to start.</summary>
    public abstract string FunctionId { get; }

    /// <summary>The W3C trace context that the host passes on.</summary>
    public abstract TraceContext TraceContext { get; }

    /// <summary>What the trigger told besides its data.</summary>
    public abstract BindingContext BindingContext { get; }

    /// <summary>Which attempt this is.</summary>
    public abstract RetryContext RetryContext { get; }

    /// <summary>The services of this invocation's scope, disposed with it.</summary>
    public abstract IServiceProvider InstanceServices { get; set; }

    /// <summary>The function that is invoked.</summary>
    public abstract FunctionDefinition FunctionDefinition { get; }

    /// <summary>Values shared by the middleware and the function during this invocation.</summary>
    public abstract IDictionary<object, object> Items { get; set; }

    /// <summary>The features of this invocation.</summary>
    public abstract IInvocationFeatures Features { get; }

    /// <summary>Canceled when the host cancels the invocation or the worker stops.</summary>
    public virtual CancellationToken CancellationToken { get; }
}
