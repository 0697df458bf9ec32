using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;

namespace McpFunctions.Domain;

/// <summary>Gathers what is wrong with the fields of a request, so that a caller learns all of it at once.</summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, string[]> errors = [];

    /// <summary>The failure; null if all fields are valid.</summary>
    public Failure? Failure => errors.Count == 0 ? null : new Failure.Rejected(errors);

    /// <summary>Notes a problem of a field, unless it has one already.</summary>
    /// <param name="isValid">Whether there is none.</param>
    /// <param name="field">The field.</param>
    /// <param name="problem">The problem and its remedy.</param>
    public FieldErrors Check(bool isValid, string field, string problem)
    {
        if (!isValid)
        {
            errors.TryAdd(field, [problem]);
        }

        return this;
    }

    /// <summary>Notes a problem of a field, unless it has one already. Then the search does not run, as it may rely on the limits.</summary>
    /// <param name="field">The field.</param>
    /// <param name="find">Returns the problem and its remedy; null if there is none.</param>
    public FieldErrors Check(string field, Func<string?> find)
    {
        if (!errors.ContainsKey(field) && find() is { } problem)
        {
            errors[field] = [problem];
        }

        return this;
    }

    /// <summary>Notes a value that breaks a rule which a request declares. A rule without an <c>ErrorMessage</c> shares that of another rule of the field.</summary>
    /// <typeparam name="T">The request.</typeparam>
    /// <param name="property">The property.</param>
    /// <param name="value">The value that the client sent.</param>
    /// <param name="problem">The problem and its remedy, if no attribute can know it.</param>
    public FieldErrors Check<T>(string property, object? value, string? problem = null)
    {
        ValidationAttribute[] rules = [.. typeof(T).GetProperty(property)!.GetCustomAttributes<ValidationAttribute>()];
        string field = JsonNamingPolicy.CamelCase.ConvertName(property);
        var context = new ValidationContext(this, field, null, null);
        if (Array.Find(rules, rule => rule.GetValidationResult(value, context) is not null) is not { } broken)
        {
            return this;
        }

        problem ??= broken.ErrorMessage is null ? Array.Find(rules, rule => rule.ErrorMessage is not null)?.FormatErrorMessage(field) : null;
        return Check(false, field, problem ?? broken.GetValidationResult(value, context)!.ErrorMessage!);
    }
}
