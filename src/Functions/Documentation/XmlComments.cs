using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace McpFunctions.Functions.Documentation;

/// <summary>The XML comments of the code, which the compiler writes beside the assemblies. The documents take their texts from them.</summary>
internal sealed partial class XmlComments
{
    private readonly Dictionary<string, XElement> members = [];

    /// <summary>Reads the comments of assemblies.</summary>
    /// <exception cref="FileNotFoundException">An assembly was deployed without its comments.</exception>
    public XmlComments(params Assembly[] assemblies)
    {
        foreach (Assembly assembly in assemblies)
        {
            foreach (XElement member in XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member"))
            {
                members[member.Attribute("name")!.Value] = member;
            }
        }
    }

    /// <summary>The summary of a type.</summary>
    public string? SummaryOf(Type type) => Text(Find($"T:{NameOf(type)}")?.Element("summary"));

    /// <summary>The summary of a constant.</summary>
    public string? SummaryOf(FieldInfo field) => Text(Find($"F:{NameOf(field.DeclaringType!)}.{field.Name}")?.Element("summary"));

    /// <summary>The summary of a method. Overloads share one.</summary>
    public string? SummaryOf(MethodInfo method) => Text(Find(method)?.Element("summary"));

    /// <summary>The description of a parameter, from the method or from the method whose comment it inherits.</summary>
    public string? ParameterOf(MethodInfo method, string name)
    {
        XElement? comment = Find(method);
        return Text(Parameter(comment, name))
            ?? Text(Parameter(Find(comment?.Element("inheritdoc")?.Attribute("cref")?.Value ?? ""), name));
    }

    /// <summary>The summary of a property, or of the record's parameter.</summary>
    public string? SummaryOf(PropertyInfo property) =>
        Text(Find($"P:{NameOf(property.DeclaringType!)}.{property.Name}")?.Element("summary"))
        ?? Text(Parameter(Find($"T:{NameOf(property.DeclaringType!)}"), property.Name));

    private XElement? Find(string id) => members.GetValueOrDefault(id);

    private XElement? Find(MethodInfo method)
    {
        string id = $"M:{NameOf(method.DeclaringType!)}.{method.Name}(";
        return members.FirstOrDefault(member => member.Key.StartsWith(id, StringComparison.Ordinal)).Value;
    }

    private static XElement? Parameter(XElement? comment, string name) =>
        comment?.Elements("param").FirstOrDefault(each => each.Attribute("name")!.Value == name);

    private static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    // Both documents use Markdown.
    private static string? Text(XElement? comment) => comment is null ? null : WhiteSpace().Replace(string.Concat(comment.Nodes().Select(Text)), " ").Trim();

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement element when element.Attribute("cref") is { } reference => $"`{LastName().Match(reference.Value).Value}`",
        XElement element => $"`{(element.Attribute("name") ?? element.Attribute("langword"))?.Value}`",
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"[^.:]+$")]
    private static partial Regex LastName();
}
