namespace Microsoft.Azure.Functions.Worker;

/// <summary>Creates the object whose method is a function. Replace the registered one to create them another way.</summary>
public interface IFunctionActivator
{
    /// <summary>Creates the object for one invocation.</summary>
    /// <param name="instanceType">Its class.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>The object.</returns>
    object CreateInstance(Type instanceType, FunctionContext context);
}
