import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.util.List;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Reads the names of files from its input, one in a line. Answers for each profile with one block: a line with the
 * outcome, one for each broken rule, and an empty line; and after the blocks of a file with a line "done".
 */
public class Verapdf {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        BufferedReader files = new BufferedReader(new InputStreamReader(System.in));
        for (String file = files.readLine(); file != null; file = files.readLine()) {
            for (PDFAFlavour profile : List.of(PDFAFlavour.PDFA_3_A, PDFAFlavour.PDFUA_1))
                validate(file, profile);
            System.out.println("done");
        }
    }

    static void validate(String file, PDFAFlavour profile) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file), profile);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(profile, false)) {
            ValidationResult result = validator.validate(parser);
            String outcome = result.isCompliant() ? "pass" : "fail";
            System.out.println(String.join("\t", profile.getId(), outcome, "" + result.getTotalAssertions(), file));
            for (TestAssertion each : result.getTestAssertions())
                if (each.getStatus() == TestAssertion.Status.FAILED)
                    System.out.println(each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber()
                        + "\t" + each.getMessage().replace('\t', ' ').replace('\n', ' '));
            System.out.println();
        }
    }
}
