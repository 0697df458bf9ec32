using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace McpFunctions.Functions.Settings;

/// <summary>The range of a setting that is a number or a time. The message names the setting, its range, its default and its value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingRangeAttribute : RangeAttribute
{
    /// <summary>The range of a number.</summary>
    /// <param name="min">The smallest.</param>
    /// <param name="max">The largest.</param>
    public SettingRangeAttribute(long min, long max)
        : base(typeof(long), min.ToString(CultureInfo.InvariantCulture), max.ToString(CultureInfo.InvariantCulture)) =>
        ParseLimitsInInvariantCulture = true;

    /// <summary>The range of a time.</summary>
    /// <param name="min">The shortest, <c>[days.]hours:minutes:seconds</c>.</param>
    /// <param name="max">The longest.</param>
    public SettingRangeAttribute(string min, string max)
        : base(typeof(TimeSpan), min, max) =>
        ParseLimitsInInvariantCulture = true;

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (base.IsValid(value is int number ? (long)number : value))
        {
            return ValidationResult.Success;
        }

        string kind = OperandType == typeof(long) ? "number" : "time";
        Type options = validationContext.ObjectType;
        string property = validationContext.MemberName!;
        object? usual = options.GetProperty(property)!.GetValue(Activator.CreateInstance(options));
        return new ValidationResult(string.Create(
            CultureInfo.InvariantCulture,
            $"Set {GatewaySettings.NameOf(options, property)} to a {kind} from {Minimum} to {Maximum}, or leave it out for {usual}; it is {value}."));
    }
}
