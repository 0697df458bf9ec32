namespace McpFunctions.Domain;

/// <summary>The result of a service: a value or a failure.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Outcome<T>
{
    private readonly T? value;

    private Outcome(T? value, Failure? failure)
    {
        this.value = value;
        Failure = failure;
    }

    /// <summary>The failure; null if there is a value.</summary>
    public Failure? Failure { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">There is a failure instead.</exception>
    public T Value => Failure is null ? value! : throw new InvalidOperationException($"There is no value, because the outcome is {Failure}.");

    /// <summary>A value is an outcome.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>A failure is an outcome.</summary>
    /// <param name="failure">The failure.</param>
    public static implicit operator Outcome<T>(Failure failure) => new(default, failure);
}
