using System.Collections;
using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>The types that convert what the host sends to what a function's parameters want.</summary>
public sealed class InputConverterCollection : IEnumerable<Type>
{
    private readonly List<Type> _types = [];

    /// <summary>Adds a converter at the end.</summary>
    /// <typeparam name="T">The converter.</typeparam>
    public void Register<T>() => _types.Add(ConverterType<T>());

    /// <summary>Adds a converter.</summary>
    /// <typeparam name="T">The converter.</typeparam>
    /// <param name="index">Where.</param>
    public void RegisterAt<T>(int index) => _types.Insert(index, ConverterType<T>());

    /// <summary>Removes all converters.</summary>
    public void Clear() => _types.Clear();

    /// <inheritdoc/>
    public IEnumerator<Type> GetEnumerator() => _types.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static Type ConverterType<T>() => typeof(IInputConverter).IsAssignableFrom(typeof(T))
        ? typeof(T)
        : throw new ArgumentException($"'{typeof(T)}' is not an input converter.");
}
