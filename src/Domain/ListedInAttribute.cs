using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace McpFunctions.Domain;

/// <summary>The texts that a property may hold, or that the items of its list may be. In <c>ErrorMessage</c>, <c>{1}</c> stands for them.</summary>
/// <param name="type">The type with the list.</param>
/// <param name="list">The static property that is the list.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListedInAttribute(Type type, string list) : ValidationAttribute
{
    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Values => (IReadOnlyList<string>)type.GetProperty(list)!.GetValue(null)!;

    /// <summary>Whether a list has at most as many items as there are texts.</summary>
    public bool LimitsCount { get; init; }

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value switch
    {
        null => true,
        string text => Values.Contains(text),
        // JSON may hold nulls although the type does not allow them.
        IReadOnlyCollection<string?> texts => (!LimitsCount || texts.Count <= Values.Count) && texts.All(text => text is not null && Values.Contains(text)),
        _ => false,
    };

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) =>
        string.Format(CultureInfo.InvariantCulture, ErrorMessageString, name, string.Join(", ", Values));
}
