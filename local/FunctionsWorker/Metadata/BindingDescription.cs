using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Metadata;

/// <summary>A binding as the host is told of it.</summary>
internal sealed record BindingDescription(string Name, BindingDirection Direction, string Type, string? DataType)
{
    /// <summary>The name of the binding that takes the return value itself.</summary>
    public const string Return = "$return";

    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool IsHttpTrigger => Type == "httpTrigger";

    public bool IsHttpOutput => Type == "http";

    /// <summary>
    /// What the attribute sets, by its name in the metadata; null for the response of an HTTP function, which has no attribute.
    /// </summary>
    public IReadOnlyDictionary<string, object>? Settings { get; private init; }

    public static BindingDescription HttpOutput(string name) => new(name, BindingDirection.Out, "http", null);

    public static BindingDescription Of(CustomAttributeData attribute, string name, Type type, BindingDirection direction) =>
        new(name, direction, TypeOf(attribute.AttributeType), DataTypeOf(type)) { Settings = SettingsOf(attribute) };

    /// <summary>The binding as the official build writes it.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, _json))
        {
            json.WriteStartObject();
            json.WriteString("name", Name);
            json.WriteString("direction", Direction.ToString());
            json.WriteString("type", Type);
            if (DataType is not null)
                json.WriteString("dataType", DataType);

            if (Settings is not null)
            {
                foreach (var (setting, value) in Settings)
                {
                    json.WritePropertyName(setting);
                    JsonSerializer.Serialize(json, value);
                }

                json.WriteStartObject("properties");
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // RedisPubSubTriggerAttribute is redisPubSubTrigger; RedisInputAttribute and RedisOutputAttribute are both redis.
    private static string TypeOf(Type attribute)
    {
        var name = attribute.Name;
        foreach (var suffix in (string[])["Attribute", "Input", "Output"])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal))
                name = name[..^suffix.Length];
        }

        return JsonNamingPolicy.CamelCase.ConvertName(name);
    }

    private static string? DataTypeOf(Type type) => type switch
    {
        _ when type == typeof(string) => "String",
        _ when type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>) => "Binary",
        _ => null,
    };

    // What is not set is left to the host's default, unless [DefaultValue] names one.
    private static Dictionary<string, object> SettingsOf(CustomAttributeData attribute)
    {
        var settings = new Dictionary<string, object>();
        var properties = attribute.AttributeType.GetProperties();

        foreach (var property in properties)
        {
            if (property.GetCustomAttribute<DefaultValueAttribute>() is { } standard)
                Set(property.Name, standard.DefaultStringValue ?? (object?)standard.DefaultBoolValue);
        }

        foreach (var (parameter, argument) in attribute.Constructor.GetParameters().Zip(attribute.ConstructorArguments))
            Set(parameter.Name!, ValueOf(argument));
        foreach (var argument in attribute.NamedArguments)
            Set(argument.MemberName, ValueOf(argument.TypedValue));

        return settings;

        void Set(string name, object? value)
        {
            if (value is null)
                return;

            var property = properties.FirstOrDefault(candidate => candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            var nameInMetadata = property?.GetCustomAttribute<BindingPropertyNameAttribute>()?.BindingPropertyName ?? name;
            settings[JsonNamingPolicy.CamelCase.ConvertName(nameInMetadata)] = value;
        }
    }

    private static object? ValueOf(CustomAttributeTypedArgument argument) => argument switch
    {
        { Value: IEnumerable<CustomAttributeTypedArgument> items } => items.Select(ValueOf).ToArray(),
        { ArgumentType.IsEnum: true, Value: { } value } => Enum.ToObject(argument.ArgumentType, value).ToString(),
        _ => argument.Value,
    };
}
