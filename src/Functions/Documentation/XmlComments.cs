using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace McpFunctions.Functions.Documentation;

/// <summary>The XML comments of the code, which the compiler leaves beside the assemblies: the texts of the documents come from them.</summary>
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

    /// <summary>What a type is.</summary>
    public string? SummaryOf(Type type) => Text(Find($"T:{NameOf(type)}")?.Element("summary"));

    /// <summary>What a constant is.</summary>
    public string? SummaryOf(FieldInfo field) => Text(Find($"F:{NameOf(field.DeclaringType!)}.{field.Name}")?.Element("summary"));

    /// <summary>What a method does. Methods of one name in one type are not told apart.</summary>
    public string? SummaryOf(MethodInfo method) => Text(Find(method)?.Element("summary"));

    /// <summary>What a parameter of a method is, or of the one that the method inherits its comment from.</summary>
    public string? ParameterOf(MethodInfo method, string name)
    {
        XElement? comment = Find(method);
        return Text(Parameter(comment, name))
            ?? Text(Parameter(Find(comment?.Element("inheritdoc")?.Attribute("cref")?.Value ?? ""), name));
    }

    /// <summary>What a property is; of a record, the comment may stand at the parameter.</summary>
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

    // As Markdown, which both documents' texts are.
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
