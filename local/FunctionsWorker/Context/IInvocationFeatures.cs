namespace Microsoft.Azure.Functions.Worker;

/// <summary>The features of an invocation, by type.</summary>
public interface IInvocationFeatures : IEnumerable<KeyValuePair<Type, object>>
{
    /// <summary>Sets the feature of a type.</summary>
    /// <typeparam name="T">The type to find it by.</typeparam>
    /// <param name="instance">The feature.</param>
    void Set<T>(T? instance);

    /// <summary>Gets the feature of a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>The feature, or null.</returns>
    T? Get<T>();
}
